//! A short JWT of Weir's about the principal and the request, so that an origin can refuse direct calls.

use http::header::{HeaderName, HeaderValue};
use oauth::signed_identity::{self, SignedIdentity};
use ports::Host;
use sha2::{Digest, Sha256};

use super::{principal, sensitive};
use crate::error::Fault;
use crate::identifier;
use crate::keys::{self, SIGNED_IDENTITY_KEYS};
use crate::origin::outbound::OriginCall;

/// The header in which an origin finds the signed identity. Its keys are at `/oauth/jwks`.
const SIGNED_IDENTITY: HeaderName = HeaderName::from_static("weir-identity");

/// The header of a request with `body` to the origin of the call.
pub(super) async fn header<H: Host>(call: &OriginCall<'_, H>, body: &[u8]) -> Result<(HeaderName, HeaderValue), Fault> {
    let keys = keys::own(call.gateway, SIGNED_IDENTITY_KEYS).await?;
    let jti = identifier::random(&call.gateway.host)?;
    let principal = principal::claims(call, &call.origin.url, &jti);
    let identity = SignedIdentity { principal, request_sha256: Sha256::digest(body).into() };
    let malformed = || Fault::Configuration { name: SIGNED_IDENTITY_KEYS.to_owned(), reason: "keys_malformed" };
    let token = signed_identity::mint(&keys, &identity).map_err(|_| malformed())?;
    Ok((SIGNED_IDENTITY, sensitive::value(&token).ok_or_else(malformed)?))
}
