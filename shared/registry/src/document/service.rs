//! `[clients.service]`: a client that acts for itself and for no user (RFC 6749 §4.4), as a principal for policy.
//!
//! ```toml
//! [[clients]]
//! id = "nightly-report"
//! title = "Nightly report"
//! secret_hashes = ["sha256:…"]                     # or `jwks`: it signs (`private_key_jwt`)
//! scopes = ["tools:list", "tools:call"]            # the most that its tokens may have; default all
//!
//! [clients.service]
//! groups = ["reports"]                             # as `[[groups]]` names them: roles, virtual server, team
//! team = "finance"                                 # default: decided by the groups
//! project = "closing"
//! access_token_seconds = 300                       # default: the gateway's own
//! ```

use super::names::LABEL;
use crate::fault::{Faults, Place};
use crate::snapshot::Service;
use crate::source::{Located, values};
use crate::table::Table;

/// 60 s to 3,600 s. Below a minute clients mostly refresh; above an hour a revoked user keeps access too long.
pub(super) const ACCESS_TOKEN_SECONDS_BOUNDS: (u64, u64) = (60, 3600);

/// Maximum number of groups: each is in every token.
const MAXIMUM_GROUPS: usize = 64;

/// `[clients.service]`.
#[derive(Debug)]
pub struct ServiceDocument {
    /// The groups that it is in, at most 64.
    pub groups: Vec<Located<String>>,
    /// The place of a service that is in no group.
    pub without_groups: Option<Place>,
    /// The team that pays; decided by the groups if absent.
    pub team: Option<Located<String>>,
    /// The project that the team's costs are charged to.
    pub project: Option<Located<String>>,
    /// Lifetime of its access tokens, seconds, 60 to 3,600; the gateway's own if absent.
    pub access_token_seconds: Option<u64>,
}

impl ServiceDocument {
    pub(super) fn read(table: &mut Table<'_>, faults: &mut Faults) -> Self {
        let groups = table.texts("groups", &LABEL, faults);
        if let Some(more) = groups.get(MAXIMUM_GROUPS) {
            faults.error(&more.place, format!("a service is in at most {MAXIMUM_GROUPS} groups"), None);
        }
        let is_groupless = table.is_absent("groups") || table.is_empty("groups");
        let without_groups = is_groupless.then(|| table.place().clone());
        let (team, project) = (table.text("team", &LABEL, faults), table.text("project", &LABEL, faults));
        if let (Some(project), None) = (&project, &team) {
            let message = "a `project` without a `team` is never charged";
            faults.warning(&project.place, message, "name the team that pays for it".to_owned());
        }
        let seconds = table.number("access_token_seconds", ACCESS_TOKEN_SECONDS_BOUNDS, faults);
        Self { groups, without_groups, team, project, access_token_seconds: seconds.map(|written| written.value) }
    }

    /// Its member of the record.
    #[must_use]
    pub fn compiled(&self) -> Service {
        let value = |written: &Option<Located<String>>| written.as_ref().map(|written| written.value.clone());
        Service {
            groups: values(&self.groups),
            team: value(&self.team),
            project: value(&self.project),
            access_token_seconds: self.access_token_seconds,
        }
    }
}
