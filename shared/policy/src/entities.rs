//! Entities of a decision: the tool, resource or prompt, made once, and the principal, made per request.

use std::collections::{BTreeSet, HashMap};

use crate::evaluator::Entity;
use crate::type_names::{ACTION, GROUP, ORIGIN, SERVICE, TEAM, USER, VIRTUAL_SERVER};
use crate::value::{EntityUid, Record, Value};
use crate::visible::Visible;
use crate::{Declaration, Principal, PrincipalKind};

/// The id of the user's entity, `ISSUER|SUBJECT`, also used in `quarantine.toml`.
///
/// A subject may contain any character. The first `|` ends the issuer, so `None` is returned for an issuer that
/// contains `|`.
#[must_use]
pub fn user_name(issuer: &str, subject: &str) -> Option<String> {
    (!issuer.contains('|')).then(|| format!("{issuer}|{subject}"))
}

/// The entity of an action.
pub(crate) fn action(name: &str) -> EntityUid {
    EntityUid::new(ACTION, name)
}

/// The tool, resource or prompt with its attributes, in its virtual server and its origin.
///
/// An absent hint of a tool has the dangerous default of MCP: not read-only, destructive, not idempotent. A rule about
/// destructive tools therefore applies to a tool without hints. Resources and prompts are always read-only.
pub(crate) fn exposed(virtual_server: &str, declaration: &Declaration) -> Entity {
    let harmless = !declaration.kind.is_tool();
    let read_only = harmless || declaration.read_only.unwrap_or(false);
    let destructive = !harmless && declaration.destructive.unwrap_or(!read_only);
    let idempotent = harmless || declaration.idempotent.unwrap_or(false);
    let attributes = Record::of([
        ("name", Some(Value::string(&declaration.name))),
        ("data_classes", Some(Value::strings(&declaration.data_classes))),
        ("risk", Some(Value::string(&declaration.risk))),
        ("read_only", Some(Value::Bool(read_only))),
        ("destructive", Some(Value::Bool(destructive))),
        ("idempotent", Some(Value::Bool(idempotent))),
    ]);
    let containers = [(VIRTUAL_SERVER, virtual_server), (ORIGIN, &declaration.origin)];
    Entity {
        uid: EntityUid::new(declaration.kind.entity_type(), &declaration.name),
        attributes,
        ancestors: containers.map(|(type_name, name)| EntityUid::new(type_name, name)).into(),
    }
}

/// The groups and teams that the policies of one declaration name, by name.
///
/// Only membership in these can change a decision, because no attribute holds a group or team. A user's other groups,
/// possibly hundreds, are never turned into entities.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memberships {
    groups: HashMap<String, EntityUid>,
    teams: HashMap<String, EntityUid>,
}

impl Memberships {
    /// Adds `mentioned` if it is a group or team.
    pub fn note(&mut self, mentioned: &EntityUid) {
        let names = match &*mentioned.type_name {
            GROUP => &mut self.groups,
            TEAM => &mut self.teams,
            _ => return,
        };
        if !names.contains_key(&*mentioned.id) {
            names.insert((*mentioned.id).to_owned(), mentioned.clone());
        }
    }

    /// The groups and teams of `principal` among these.
    pub fn of(&self, principal: &Principal<'_>) -> BTreeSet<EntityUid> {
        let groups = principal.groups.iter().filter_map(|group| self.groups.get(group.as_str()));
        let team = principal.team.and_then(|team| self.teams.get(team));
        groups.chain(team).cloned().collect()
    }
}

/// The uid of a principal: `User::"ISSUER|SUBJECT"` or `Service::"CLIENT_ID"`; `None` if the issuer contains `|`.
#[must_use]
pub fn uid_of(principal: &Principal<'_>) -> Option<EntityUid> {
    match principal.kind {
        PrincipalKind::User => Some(EntityUid::new(USER, &user_name(principal.issuer, principal.subject)?)),
        PrincipalKind::Service => Some(EntityUid::new(SERVICE, principal.subject)),
    }
}

/// The entity of the principal, in `containers`, with the visible claims as attributes. A service has those of a user,
/// so that a rule without a type fits both. `None` if the issuer contains `|`.
pub(crate) fn principal(
    visible: Visible,
    containers: BTreeSet<EntityUid>,
    principal: &Principal<'_>,
) -> Option<Entity> {
    let claim = |visible: bool, value: Option<&str>| value.filter(|_| visible).map(Value::string);
    let attributes = Record::of([
        ("issuer", claim(visible.issuer, Some(principal.issuer))),
        ("subject", claim(visible.subject, Some(principal.subject))),
        ("team", claim(visible.team, principal.team)),
        ("project", claim(visible.project, principal.project)),
        ("tenant", claim(visible.tenant, principal.tenant)),
    ]);
    Some(Entity { uid: uid_of(principal)?, attributes, ancestors: containers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_name_keeps_issuer_and_subject_apart() {
        assert_eq!(user_name("https://idp.example.com", "auth0|1").as_deref(), Some("https://idp.example.com|auth0|1"));
        assert_eq!(user_name("https://idp.example.com|x", "1"), None, "an issuer with a separator should have no name");
    }

    #[test]
    fn memberships_keep_only_groups_named_in_policies() {
        let mut memberships = Memberships::default();
        memberships.note(&EntityUid::new(GROUP, "support"));
        memberships.note(&EntityUid::new(TEAM, "field"));
        memberships.note(&EntityUid::new("Tool", "other"));
        let groups = ["support".to_owned(), "other".to_owned(), "field".to_owned()];
        let principal = Principal {
            groups: &groups,
            team: Some("field"),
            ..Principal::of("https://idp.example.com", "alice", "agent")
        };
        let expected = BTreeSet::from([EntityUid::new(GROUP, "support"), EntityUid::new(TEAM, "field")]);
        assert_eq!(memberships.of(&principal), expected, "a group named like the team should not become the team");
    }
}
