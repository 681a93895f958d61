//! The quarantine for what is under way: a freeze ends also what began before it, within the quarantine's own bound.
//!
//! *authenticate* and *authorize* check a request when it arrives. From then on a [`Watch`] checks it again: when its
//! origin has answered, with each frame of a stream, and whenever the isolate's record has to be read again
//! ([`REFRESH`]), also while a stream is silent. A frame reads nothing: it looks at the record that the isolate holds.

use std::rc::Rc;
use std::time::Duration;

use policy::Kind;
use registry::snapshot::Quarantine;

use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::line::authorize::Permitted;
use crate::line::parse::Target;
use crate::line::resolve::Resolved;
use crate::records::{self, REFRESH};
use ports::{Clock, Host, Timestamp};

/// The shortest time between two readings, for a clock that was set back.
const LEAST: Duration = Duration::from_secs(1);

/// The parties of a request besides its caller.
pub(crate) struct Involved {
    /// Tools, resources and prompts by index, a resource with its URI. A freeze of one, or of its origin, counts.
    items: Vec<(usize, Option<String>)>,
    /// Origins by name.
    origins: Vec<String>,
}

impl Involved {
    /// The parties of the permitted request. A list, and what is told to several origins, is over in seconds.
    pub(super) fn of(resolved: &Resolved, permitted: &Permitted) -> Self {
        let (mut items, mut origins) = (Vec::new(), Vec::new());
        let server = resolved.server();
        let uri = || match resolved.message().target() {
            Target::Resource(uri) => Some(uri.clone()),
            _ => None,
        };
        match permitted {
            Permitted::Call(at)
            | Permitted::Read(at)
            | Permitted::Get(at)
            | Permitted::Complete(at)
            | Permitted::Subscribe(at)
            | Permitted::Unsubscribe(at)
            | Permitted::Task { at, .. } => items.push((*at, uri())),
            Permitted::Listen(filters) => {
                origins.extend(filters.iter().map(|filter| filter.origin.clone()));
                let tasks = filters.iter().flat_map(|filter| &filter.tasks);
                items.extend(tasks.filter_map(|task| Some((task.find(server)?, None))));
                let uris = filters.iter().flat_map(|filter| &filter.asked.resource_subscriptions);
                items.extend(uris.filter_map(|uri| Some((server.find(Kind::Resource, uri)?, Some(uri.clone())))));
            }
            Permitted::OpenStream(_) => {
                let session = resolved.session().into_iter();
                origins.extend(session.flat_map(|session| session.origins(server)).map(|origin| origin.name.clone()));
            }
            Permitted::Discover(_)
            | Permitted::Initialize { .. }
            | Permitted::Ping
            | Permitted::List { .. }
            | Permitted::SetLevel(_)
            | Permitted::Respond(_)
            | Permitted::Cancel(_)
            | Permitted::RootsChanged(_) => {}
        }
        Self { items, origins }
    }
}

/// The check of one request that is under way.
pub(crate) struct Watch {
    resolved: Rc<Resolved>,
    involved: Involved,
    /// The record that was checked last.
    checked: Rc<Quarantine>,
    /// The time of the next reading.
    due: Timestamp,
}

impl Watch {
    pub(super) fn new<H: Host>(gateway: &Gateway<H>, resolved: &Rc<Resolved>, involved: Involved) -> Self {
        let checked = resolved.message().authenticated().quarantine_shared();
        // At once, if the origin took so long that the record has grown too old.
        Self { resolved: resolved.clone(), involved, checked, due: too_old(gateway) }
    }

    /// Leaves out the origins that have opened no stream.
    pub(super) fn keep_origins(&mut self, has_opened: impl Fn(&str) -> bool) {
        self.involved.origins.retain(|origin| has_opened(origin));
    }

    /// The time at which the record has to be read again, even if nothing else happens.
    pub(crate) const fn due(&self) -> Timestamp {
        self.due
    }

    /// Refuses what is frozen now. Reads the record if that is due; one that can't be had refuses everything.
    pub(crate) async fn check<H: Host>(&mut self, gateway: &Gateway<H>) -> Result<(), Failure> {
        let current = match gateway.host.clock().now() >= self.due {
            true => {
                let current = records::quarantine(gateway).await?;
                self.due = too_old(gateway).max(gateway.host.clock().now().after(LEAST));
                current
            }
            false => match &gateway.isolate.records.borrow().quarantine {
                Some(held) => held.value.clone(),
                None => return Ok(()),
            },
        };
        if Rc::ptr_eq(&current, &self.checked) {
            return Ok(());
        }
        self.checked = current;
        Ok(self.judge()?)
    }

    fn judge(&self) -> Result<(), Refusal> {
        let authenticated = self.resolved.message().authenticated();
        let (principal, quarantine) = (authenticated.principal(), &self.checked);
        let (user, claims) = (principal.key(), principal.claims());
        if quarantine.frozen_caller(&user, &claims.client_id).is_some() {
            return Err(Refusal::QuarantinedCaller(authenticated.principal_shared()));
        }
        if quarantine.signed_out(&user, &claims.client_id, claims.began_at) {
            return Err(Refusal::SignedOut(authenticated.principal_shared()));
        }
        for (at, uri) in &self.involved.items {
            let declaration = &self.resolved.server().exposed(*at).declaration;
            if quarantine.frozen(declaration, uri.as_deref()).is_some() {
                return Err(Refusal::Quarantined(declaration.kind));
            }
        }
        match self.involved.origins.iter().any(|origin| quarantine.origins.contains(origin)) {
            true => Err(Refusal::QuarantinedOrigin),
            false => Ok(()),
        }
    }
}

/// The time at which the isolate's record is too old to be used without asking the store.
fn too_old<H: Host>(gateway: &Gateway<H>) -> Timestamp {
    let asked = gateway.isolate.records.borrow().quarantine.as_ref().map(|held| held.asked);
    asked.map_or_else(|| gateway.host.clock().now(), |asked| asked.after(REFRESH))
}
