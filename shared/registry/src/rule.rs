//! Rule: finds the place in the folder of a rule that a decision names.

use policy::Kind;
use policy_compiler::role::{self, GrantKind};

use crate::document::Documents;
use crate::fault::Place;
use crate::source::Located;

impl Documents {
    /// The place of the rule `id`: the start of a policy, or the granted name in a role.
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

    /// The place of the group `name`.
    #[must_use]
    pub fn place_of_group(&self, name: &str) -> Option<Place> {
        let group = self.gateway.groups.iter().find(|group| group.name.value == name)?;
        Some(group.name.place.clone())
    }

    /// The place at which a virtual server lists `name` of this kind.
    #[must_use]
    pub fn place_of_listed(&self, virtual_server: &str, kind: Kind, name: &str) -> Option<Place> {
        let mut listed = self.virtual_servers.get(virtual_server)?.of(kind);
        listed.find(|listed| listed.exposed.value == name).map(|listed| listed.place.clone())
    }
}

/// The place of `name` among `written`.
#[must_use]
pub fn place_of(written: &[Located<String>], name: &str) -> Option<Place> {
    written.iter().find(|written| written.value == name).map(|written| written.place.clone())
}
