//! The credential that Weir shows to an origin: none, the origin's own secret, or a signed identity.

mod header;
mod signed_identity;

use http::header::{HeaderName, HeaderValue};
use ports::Host;
use registry::snapshot::Credential;

use super::outbound::OriginCall;
use crate::error::Fault;

/// The header that authenticates a request with `body` to the origin of the call.
pub(super) async fn header<H: Host>(
    call: &OriginCall<'_, H>,
    body: &[u8],
) -> Result<Option<(HeaderName, HeaderValue)>, Fault> {
    match &call.origin.credential {
        Credential::None => Ok(None),
        Credential::Header { name, prefix } => header::header(call, name, prefix).await.map(Some),
        Credential::SignedIdentity => signed_identity::header(call, body).await.map(Some),
    }
}
