//! The binding of an access token to a key (RFC 9449 §7): whoever presents a bound token proves with each request that
//! it holds the key.
//!
//! | token | scheme | answer |
//! |---|---|---|
//! | not bound | `Bearer` | accepted, unless the registry demands a key |
//! | not bound | `DPoP` | 401 |
//! | bound | `Bearer` | 401 |
//! | bound | `DPoP` | accepted with a proof: method, URL, token, key, time and nonce |
//!
//! A proof is checked on every request, also for a token that the isolate remembers. It may be used again for the same
//! method, URL and token until its nonce is over: to know each `jti` would cost a store with every call.

use http::{HeaderValue, Method};
use oauth::access_token::Claims;
use oauth::bearer_token::Scheme;
use oauth::dpop::nonce::{self, Age};
use oauth::dpop::{self, BindingError, Expectation, ProofError};
use ports::{Clock, Host};

use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::keys::{self, ACCESS_TOKEN_KEYS};
use crate::line::receive::Inbound;

/// Checks the binding of a verified token; returns the nonce for the next proof, if that of this one grows old.
pub(super) async fn check<H: Host>(
    gateway: &Gateway<H>,
    inbound: &Inbound,
    claims: &Claims,
    (scheme, token): (Scheme, &str),
) -> Result<Option<HeaderValue>, Failure> {
    let refused = |error| Failure::from(Refusal::Binding { error, nonce: None });
    let record = &inbound.live().gateway;
    let thumbprint = match (scheme, claims.key_thumbprint.as_deref()) {
        (_, None) if record.demands_dpop(&claims.identity_provider) => return Err(refused(BindingError::Demanded)),
        (Scheme::Bearer, None) => return Ok(None),
        (Scheme::Dpop, None) => return Err(refused(BindingError::UnboundAsDpop)),
        (Scheme::Bearer, Some(_)) => return Err(refused(BindingError::BoundAsBearer)),
        (Scheme::Dpop, Some(thumbprint)) => thumbprint,
    };
    let refused = |error: ProofError| refused(error.into());
    let proof = dpop::read(inbound.headers()).map_err(refused)?.ok_or_else(|| refused(ProofError::Absent))?;
    let method = if inbound.listens() { Method::GET } else { Method::POST };
    let url = inbound.resource().protected().identifier(&record.url);
    let now = gateway.host.clock().now().seconds();
    let expectation = Expectation { method: method.as_str(), url: &url, access_token: Some(token), now };
    let proof = dpop::verify(proof, &expectation).map_err(refused)?;
    if proof.thumbprint != thumbprint {
        return Err(refused(ProofError::WrongKey));
    }
    let keys = keys::own(gateway, ACCESS_TOKEN_KEYS).await?;
    let next = || HeaderValue::try_from(nonce::make(&keys, now)).ok();
    match proof.nonce.and_then(|presented| nonce::check(&keys, &presented, now)) {
        Some(Age::Current) => Ok(None),
        Some(Age::Aging) => Ok(next()),
        None => Err(Refusal::Binding { error: BindingError::Nonce, nonce: next() }.into()),
    }
}
