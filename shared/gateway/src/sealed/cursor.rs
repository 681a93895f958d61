//! The cursor of a list: the position of the next page, sealed for one user, virtual server, epoch and kind of list.
//!
//! Its content is two numbers. One is the index of the next page's first entry in the registry's order. The other is
//! the number of its items that earlier pages had, because one pattern covers many resources. Visible items and the
//! origins' lists can change between two pages; the registry's order under one epoch can't, so no tool or prompt is
//! repeated or skipped. Within one pattern the order is its origin's.

use mcp::list::ListKind;

use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::keys::SEALING_KEYS;
use crate::principal::Principal;
use crate::sealed::{self, Binding, Sealer};
use crate::virtual_server::VirtualServer;
use ports::Host;

/// The position at which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The index of the first entry.
    pub(crate) at: usize,
    /// The number of its items that earlier pages had.
    pub(crate) skip: usize,
}

fn binding(server: &VirtualServer, principal: &Principal, kind: ListKind) -> Binding {
    let claims = principal.claims();
    Binding::new("list cursor")
        .with(kind.method().as_str().as_bytes())
        .with(&server.epoch().to_be_bytes())
        .with(server.record().name.as_bytes())
        .with(claims.identity_provider.as_bytes())
        .with(claims.subject.as_bytes())
}

/// The cursor of the page that begins at `position`.
pub(crate) async fn seal<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    principal: &Principal,
    kind: ListKind,
    position: Position,
) -> Result<String, Fault> {
    let fault = |reason| Fault::Configuration { name: SEALING_KEYS.to_owned(), reason };
    let sealer = Sealer::required(gateway).await?;
    let content = [(position.at as u64).to_be_bytes(), (position.skip as u64).to_be_bytes()].concat();
    sealer.seal(&binding(server, principal, kind), &content).ok_or_else(|| fault("keys_malformed"))
}

/// The position of this cursor's page. Every cursor that [`seal`] didn't make for this user, virtual server, epoch and
/// list gets the same refusal.
pub(crate) async fn open<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    principal: &Principal,
    kind: ListKind,
    cursor: Option<&str>,
) -> Result<Position, Failure> {
    let content = match cursor {
        Some(cursor) => sealed::open(gateway, &binding(server, principal, kind), cursor).await?,
        None => None,
    };
    let position = content.and_then(|content| Position::read(&content));
    position.ok_or_else(|| Refusal::InvalidParams("`cursor` is not valid any more; request the list without it").into())
}

impl Position {
    fn read(content: &[u8]) -> Option<Self> {
        let (at, skip) = content.split_first_chunk::<8>()?;
        let number = |bytes| usize::try_from(u64::from_be_bytes(bytes)).ok();
        Some(Self { at: number(*at)?, skip: number(<[u8; 8]>::try_from(skip).ok()?)? })
    }
}
