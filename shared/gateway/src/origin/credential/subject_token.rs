//! A short JWT of Weir's about the principal, for an authorization server. The client's own token is never sent to one.

use oauth::subject_token;
use ports::{Host, Secret};

use super::principal;
use crate::error::Fault;
use crate::identifier;
use crate::keys::{self, SUBJECT_TOKEN_KEYS};
use crate::origin::outbound::OriginCall;

/// The subject token of the call's user for the authorization server with this issuer identifier.
pub(super) async fn mint<H: Host>(call: &OriginCall<'_, H>, audience: &str) -> Result<Secret, Fault> {
    let keys = keys::own(call.gateway, SUBJECT_TOKEN_KEYS).await?;
    let jti = identifier::random(&call.gateway.host)?;
    let malformed = |_| Fault::Configuration { name: SUBJECT_TOKEN_KEYS.to_owned(), reason: "keys_malformed" };
    subject_token::mint(&keys, &principal::claims(call, audience, &jti)).map(Secret::new).map_err(malformed)
}
