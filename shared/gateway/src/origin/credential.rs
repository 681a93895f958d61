//! The credential that Weir shows to an origin: none, the origin's own secret, a signed identity, or an access token.

mod access_token;
mod grant;
mod header;
mod principal;
mod sensitive;
mod signed_identity;
mod subject_token;
mod token_endpoint;
mod vault;

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use ports::Host;
use registry::snapshot::Credential;

use super::outbound::OriginCall;
use crate::error::Fault;
use access_token::AccessToken;

/// The credential that a request has got.
pub(super) struct Shown(Option<AccessToken>);

impl Shown {
    /// True for an access token that an earlier request has got, and that no origin has refused yet.
    pub(super) fn is_kept(&self) -> bool {
        self.0.as_ref().is_some_and(AccessToken::is_kept)
    }

    /// Forgets the access token, which the origin has refused; false if there is none.
    pub(super) fn forget<H: Host>(&self, call: &OriginCall<'_, H>) -> bool {
        self.0.as_ref().inspect(|token| token.forget(call)).is_some()
    }
}

/// Writes the credential into a request to the origin of the call, within the deadline.
pub(super) async fn show<H: Host>(
    call: &OriginCall<'_, H>,
    request: &mut http::Request<Bytes>,
    deadline: Duration,
) -> Result<Shown, Fault> {
    let (name, value) = match &call.origin.credential {
        Credential::None => return Ok(Shown(None)),
        Credential::Header { name, prefix } => header::header(call, name, prefix).await?,
        Credential::SignedIdentity => signed_identity::header(call, request.body()).await?,
        Credential::ClientCredentials { .. }
        | Credential::TokenExchange { .. }
        | Credential::IdJag { .. }
        | Credential::Vault(_) => {
            let token = access_token::kept_or_new(call, deadline).await?;
            request.headers_mut().insert(AUTHORIZATION, token.value.clone());
            return Ok(Shown(Some(token)));
        }
    };
    request.headers_mut().insert(name, value);
    Ok(Shown(None))
}

/// The fault of a call whose origin has refused an access token that can't be replaced; `None` if the origin's own
/// response tells enough.
pub(super) async fn refused<H: Host>(call: &OriginCall<'_, H>) -> Option<Fault> {
    match &call.origin.credential {
        Credential::Vault(_) => Some(vault::grant_needed(call).await),
        _ => None,
    }
}
