//! *guard*: checks on content: cursors must be Weir's own, headers must agree with the arguments they mirror, calls
//! must be within their user's limit.

use mcp::era::Era;
use mcp::method::Method;
use registry::snapshot::Origin;

use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::line::admit::calls_per_minute;
use crate::line::authorize::{Authorized, Permitted};
use crate::line::resolve::Resolved;
use crate::origin;
use crate::requests_per_minute;
use crate::sealed::cursor;
use ports::Host;

/// A permitted message whose content was checked. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::guard::Guarded;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::guard::Guarded;
///
/// fn forge() -> Guarded {
///     Guarded { resolved: loop {}, permitted: loop {} }
/// }
/// ```
pub struct Guarded {
    resolved: Resolved,
    permitted: Permitted,
}

impl Guarded {
    /// The origin at which the call may change something: of the used item, of a task that is updated or cancelled, or
    /// of the request that is answered.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        let server = self.resolved.server();
        match self.resolved.answered() {
            Some(answered) => server.record().origins.get(&answered.origin),
            None => self.changed().and_then(|at| server.origin(at)),
        }
    }

    fn changed(&self) -> Option<usize> {
        match self.permitted {
            Permitted::Task { method, at } if method != Method::TasksGet => Some(at),
            _ => self.permitted.used(),
        }
    }

    pub(crate) fn into_parts(self) -> (Resolved, Permitted) {
        (self.resolved, self.permitted)
    }
}

/// Refuses headers that disagree with the arguments they mirror. If the isolate doesn't know the tool's schema, the
/// headers pass and the origin checks them.
fn check_mirrored_headers<H: Host>(gateway: &Gateway<H>, resolved: &Resolved, at: usize) -> Result<(), Refusal> {
    let (message, server) = (resolved.message(), resolved.server());
    let Some(origin) = server.origin(at).filter(|_| message.era() == Era::Modern) else { return Ok(()) };
    let known = origin::known(gateway, resolved, origin);
    let headers = message.authenticated().inbound().headers();
    match known.as_ref().and_then(|known| known.parameters(&server.exposed(at).declaration.origin_name)) {
        Some(parameters) => parameters.check(headers, message.arguments()).map_err(Refusal::Headers),
        None => Ok(()),
    }
}

/// True for a call, in the wider sense: a use of an item, a request about a task, an answer to an origin.
const fn is_call(permitted: &Permitted) -> bool {
    matches!(
        permitted,
        Permitted::Call(_)
            | Permitted::Read(_)
            | Permitted::Get(_)
            | Permitted::Task { .. }
            | Permitted::Subscribe(_)
            | Permitted::Unsubscribe(_)
            | Permitted::Respond(_)
    )
}

/// True if it counts against `calls_per_minute`.
const fn counts(permitted: &Permitted) -> bool {
    match permitted {
        // They hold connections for minutes.
        Permitted::Listen(_) | Permitted::OpenStream(_) => true,
        // They may reach every origin, or ask one.
        Permitted::Initialize { .. } | Permitted::SetLevel(_) | Permitted::Complete(_) => true,
        Permitted::List { .. }
        | Permitted::Discover(_)
        | Permitted::Ping
        | Permitted::Cancel(_)
        | Permitted::RootsChanged(_) => false,
        permitted => is_call(permitted),
    }
}

/// Checks the content, and last takes the call out of its user's limit, so that a refused call takes nothing.
pub(crate) async fn guard<H: Host>(gateway: &Gateway<H>, authorized: Authorized) -> Result<Guarded, Failure> {
    let (resolved, mut permitted) = authorized.into_parts();
    let (message, server) = (resolved.message(), resolved.server());
    if let Permitted::List { kind, visible, skip } = &mut permitted
        && let Some(cursor) = message.params().get("cursor")
    {
        let cursor = cursor.string();
        let from = cursor::open(gateway, server, message.principal(), *kind, cursor.as_deref()).await?;
        visible.retain(|&at| at >= from.at);
        // The entry that the page begins with may be gone; then nothing is skipped.
        *skip = if visible.first() == Some(&from.at) { from.skip } else { 0 };
    }
    if let Permitted::Call(at) = &permitted {
        check_mirrored_headers(gateway, &resolved, *at)?;
    }
    let inbound = message.authenticated().inbound();
    // An anonymous caller has paid already, before anything was decided.
    if counts(&permitted) && !message.principal().is_anonymous() {
        calls_per_minute::take(gateway, server, (message.principal(), inbound.address())).await?;
    }
    if is_call(&permitted) {
        requests_per_minute::give_back(gateway, message.authenticated().caller());
    }
    Ok(Guarded { resolved, permitted })
}
