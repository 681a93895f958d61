//! How Weir shows an origin who asks: nothing, the origin's own secret, or a signed statement.

use http::header::{HeaderName, HeaderValue};
use oauth::signed_identity::{self, SignedIdentity};
use registry::name::origin_secret_name;
use registry::snapshot::Credential;
use sha2::{Digest, Sha256};

use super::outbound::OriginCall;
use crate::error::Fault;
use crate::identifier;
use crate::keys::{self, SIGNED_IDENTITY_KEYS};
use ports::{Clock, Host, Secrets};

/// Where an origin finds the signed identity. Its keys are at `/oauth/jwks`.
const SIGNED_IDENTITY: HeaderName = HeaderName::from_static("weir-identity");

/// The header that authenticates a request with `body` to the origin of the call.
pub(super) async fn header<H: Host>(
    call: &OriginCall<'_, H>,
    body: &[u8],
) -> Result<Option<(HeaderName, HeaderValue)>, Fault> {
    let (gateway, message, origin) = (call.gateway, call.message(), call.origin);
    match &origin.credential {
        Credential::None => Ok(None),
        Credential::Header { name, prefix } => {
            let secret_name = origin_secret_name(&origin.name);
            let malformed = |_| Fault::Configuration { name: secret_name.clone(), reason: "secret_malformed" };
            let secret = gateway.host.secrets().get(&secret_name).await;
            let secret =
                secret.map_err(|_| Fault::Configuration { name: secret_name.clone(), reason: "secret_missing" })?;
            let mut value = HeaderValue::try_from(format!("{prefix}{}", secret.expose())).map_err(malformed)?;
            value.set_sensitive(true);
            let name = HeaderName::try_from(name.as_str());
            let name =
                name.map_err(|_| Fault::Registry { record: origin.name.clone(), reason: "credential_malformed" })?;
            Ok(Some((name, value)))
        }
        Credential::SignedIdentity => {
            let keys = keys::own(gateway, SIGNED_IDENTITY_KEYS).await?;
            let claims = message.principal().claims();
            let now = gateway.host.clock().now().seconds();
            let identity = SignedIdentity {
                issuer: &message.live().gateway.url,
                audience: &origin.url,
                subject: &claims.subject,
                identity_provider: &claims.identity_provider,
                client_id: &claims.client_id,
                groups: &claims.groups,
                team: claims.team.as_deref(),
                issued_at: now,
                jti: &identifier::random(&gateway.host)?,
                request_sha256: Sha256::digest(body).into(),
            };
            let unsigned = |_| Fault::Configuration { name: SIGNED_IDENTITY_KEYS.to_owned(), reason: "keys_malformed" };
            let token = signed_identity::mint(&keys, &identity).map_err(unsigned)?;
            let malformed =
                |_| Fault::Configuration { name: SIGNED_IDENTITY_KEYS.to_owned(), reason: "keys_malformed" };
            let mut value = HeaderValue::try_from(token).map_err(malformed)?;
            value.set_sensitive(true);
            Ok(Some((SIGNED_IDENTITY, value)))
        }
    }
}
