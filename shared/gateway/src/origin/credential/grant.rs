//! The grants by which Weir gets an access token for an origin.

use oauth::issued_token::{Expected, IssuedToken};
use oauth::outbound_grant::{Grant, Target, parameters};
use ports::Host;
use registry::name::{identity_provider_secret_name, origin_secret_name};
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
        Credential::IdJag { server, identity_provider, target } => {
            let scope = target.scopes.join(" ");
            // The origin is the resource unless the registry says otherwise.
            let resource = target.resource.as_deref().unwrap_or(&call.origin.url);
            let extent = Target { resource: Some(resource), ..extent(target, &scope) };
            let subject = subject_token::mint(call, &identity_provider.issuer).await?;
            let grant = Grant::IdJag { subject_token: subject.expose(), audience: &server.issuer };
            let assertion = TokenRequest {
                server: identity_provider,
                secret_name: identity_provider_secret_name(&call.origin.name),
                parameters: parameters(grant, extent),
                expected: Expected::IdJag { audience: &server.issuer, client_id: &server.client_id },
            };
            let assertion = ask(call, assertion).await?;
            let parameters = parameters(Grant::JwtBearer { assertion: &assertion.token }, extent);
            ask(call, TokenRequest { server, secret_name, parameters, expected: Expected::Bearer }).await
        }
        // A vault's tokens come from its own place.
        Credential::None | Credential::Header { .. } | Credential::SignedIdentity | Credential::Vault(_) => {
            Err(Fault::Registry { record: call.origin.name.clone(), reason: "credential_malformed" })
        }
    }
}

fn extent<'a>(target: &'a TokenTarget, scope: &'a str) -> Target<'a> {
    Target { scope, resource: target.resource.as_deref(), audience: target.audience.as_deref() }
}
