//! A short JWT of Weir's about the principal, for an authorization server. The client's own token is never sent to one.

use oauth::subject_token::{self, SubjectToken};
use ports::{Clock, Host, Secret};

use crate::error::Fault;
use crate::identifier;
use crate::keys::{self, SUBJECT_TOKEN_KEYS};
use crate::origin::outbound::OriginCall;

/// The subject token of the call's user for the authorization server with this issuer identifier.
pub(super) async fn mint<H: Host>(call: &OriginCall<'_, H>, audience: &str) -> Result<Secret, Fault> {
    let keys = keys::own(call.gateway, SUBJECT_TOKEN_KEYS).await?;
    let claims = call.message().principal().claims();
    let subject = SubjectToken {
        issuer: &call.message().live().gateway.url,
        audience,
        subject: &claims.subject,
        identity_provider: &claims.identity_provider,
        client_id: &claims.client_id,
        groups: &claims.groups,
        team: claims.team.as_deref(),
        issued_at: call.gateway.host.clock().now().seconds(),
        jti: &identifier::random(&call.gateway.host)?,
    };
    let malformed = |_| Fault::Configuration { name: SUBJECT_TOKEN_KEYS.to_owned(), reason: "keys_malformed" };
    subject_token::mint(&keys, &subject).map(Secret::new).map_err(malformed)
}
