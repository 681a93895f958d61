//! Rule: where in the folder the rule that a decision names was written.

use policy::Kind;
use policy::role::{self, GrantKind};

use crate::document::Documents;
use crate::fault::Place;
use crate::source::Written;

impl Documents {
    /// Where the rule called `id` is: a policy where it begins, what a role grants at the name of what it grants.
    #[must_use]
    pub fn place_of_rule(&self, id: &str) -> Option<Place> {
        if let Some(name) = role::made_public(id) {
            let access = self.virtual_servers.get(name)?.access.as_ref()?;
            return Some(access.place.clone());
        }
        let Some(grant) = role::grant(id) else {
            return self.policies.iter().find(|policy| policy.id == id).map(|policy| policy.place.clone());
        };
        let role = self.gateway.roles.iter().find(|role| role.name.value == grant.role)?;
        let granted = match grant.kind {
            GrantKind::Exposed(kind) => role.granted(kind),
            GrantKind::Origin => &role.origins,
            GrantKind::VirtualServer => &role.virtual_servers,
        };
        place_of(granted, &grant.name).or_else(|| Some(role.name.place.clone()))
    }

    /// Where the group called `name` is.
    #[must_use]
    pub fn place_of_group(&self, name: &str) -> Option<Place> {
        let group = self.gateway.groups.iter().find(|group| group.name.value == name)?;
        Some(group.name.place.clone())
    }

    /// Where a virtual server lists what is of `kind` and exposed as `name`.
    #[must_use]
    pub fn place_of_listed(&self, virtual_server: &str, kind: Kind, name: &str) -> Option<Place> {
        let mut listed = self.virtual_servers.get(virtual_server)?.of(kind);
        listed.find(|listed| listed.exposed.value == name).map(|listed| listed.place.clone())
    }
}

/// Where `name` is among `written`.
#[must_use]
pub fn place_of(written: &[Written<String>], name: &str) -> Option<Place> {
    written.iter().find(|written| written.value == name).map(|written| written.place.clone())
}
