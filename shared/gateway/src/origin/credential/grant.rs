//! The grants by which Weir gets an access token for an origin.

use oauth::issued_token::{Expected, IssuedToken};
use oauth::outbound_grant::{Grant, Target, parameters};
use ports::Host;
use registry::name::origin_secret_name;
use registry::snapshot::{Credential, ExchangeForm, TokenTarget};

use super::subject_token;
use super::token_endpoint::{TokenRequest, ask};
use crate::error::Fault;
use crate::origin::outbound::OriginCall;

/// A new access token for the origin of the call.
pub(super) async fn obtain<H: Host>(call: &OriginCall<'_, H>) -> Result<IssuedToken, Fault> {
    let secret_name = origin_secret_name(&call.origin.name);
    match &call.origin.credential {
        Credential::ClientCredentials { server, target } => {
            let scope = target.scopes.join(" ");
            let parameters = parameters(Grant::ClientCredentials, extent(target, &scope));
            ask(call, TokenRequest { server, secret_name, parameters, expected: Expected::Bearer }).await
        }
        Credential::TokenExchange { server, target, form } => {
            let scope = target.scopes.join(" ");
            let subject = subject_token::mint(call, &server.issuer).await?;
            let grant = match form {
                ExchangeForm::TokenExchange => Grant::TokenExchange { subject_token: subject.expose() },
                ExchangeForm::OnBehalfOf => Grant::OnBehalfOf { assertion: subject.expose() },
            };
            let parameters = parameters(grant, extent(target, &scope));
            ask(call, TokenRequest { server, secret_name, parameters, expected: Expected::Bearer }).await
        }
        Credential::None | Credential::Header { .. } | Credential::SignedIdentity => {
            Err(Fault::Registry { record: call.origin.name.clone(), reason: "credential_malformed" })
        }
    }
}

fn extent<'a>(target: &'a TokenTarget, scope: &'a str) -> Target<'a> {
    Target { scope, resource: target.resource.as_deref(), audience: target.audience.as_deref() }
}
