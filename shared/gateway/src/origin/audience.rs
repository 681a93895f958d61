//! The callers that an origin's response is valid for: all, or one whom the origin can identify.

use registry::snapshot::{Credential, Origin};

use crate::line::parse::Message;
use crate::principal::Entitlement;

/// Cache key of the caller; `None` if the origin's response is the same for all callers.
pub(super) fn cache_key(message: &Message, origin: &Origin) -> Option<Entitlement> {
    (!cannot_tell_callers_apart(origin)).then(|| message.authenticated().entitlement())
}

/// True if the origin cannot tell callers apart. Written out per credential, so that a new kind must be considered
/// here.
const fn cannot_tell_callers_apart(origin: &Origin) -> bool {
    match origin.credential {
        Credential::None | Credential::Header { .. } | Credential::ClientCredentials { .. } => true,
        Credential::SignedIdentity
        | Credential::TokenExchange { .. }
        | Credential::IdJag { .. }
        | Credential::Vault(_) => false,
    }
}
