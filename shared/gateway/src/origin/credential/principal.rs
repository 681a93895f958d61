//! The claims about the principal of a call, in the tokens of Weir's own that leave it.

use oauth::principal_claims::PrincipalClaims;
use ports::{Clock, Host};

use crate::origin::outbound::OriginCall;

/// The claims for `audience`, in a token with this `jti`.
pub(super) fn claims<'a, H: Host>(call: &'a OriginCall<'_, H>, audience: &'a str, jti: &'a str) -> PrincipalClaims<'a> {
    let claims = call.message().principal().claims();
    PrincipalClaims {
        issuer: &call.message().live().gateway.url,
        audience,
        subject: &claims.subject,
        identity_provider: &claims.identity_provider,
        client_id: &claims.client_id,
        groups: &claims.groups,
        team: claims.team.as_deref(),
        issued_at: call.gateway.host.clock().now().seconds(),
        jti,
    }
}
