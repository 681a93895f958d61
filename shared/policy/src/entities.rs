//! Entities of a decision: the tool, resource or prompt, made once, and the user, made per request.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use crate::visible::Visible;
use crate::{Declaration, FaultReason, Kind, PolicyFault, Principal};

/// The id of the user's entity, `ISSUER|SUBJECT`, also used in `quarantine.toml`.
///
/// A subject may contain any character. The first `|` ends the issuer, so `None` is returned for an issuer that
/// contains `|`.
#[must_use]
pub fn user_name(issuer: &str, subject: &str) -> Option<String> {
    (!issuer.contains('|')).then(|| format!("{issuer}|{subject}"))
}

/// The entity types of the schema, parsed once per isolate.
pub(crate) struct TypeNames {
    pub action: EntityTypeName,
    pub agent: EntityTypeName,
    pub group: EntityTypeName,
    pub origin: EntityTypeName,
    pub prompt: EntityTypeName,
    pub resource: EntityTypeName,
    pub team: EntityTypeName,
    pub tool: EntityTypeName,
    pub user: EntityTypeName,
    pub virtual_server: EntityTypeName,
}

impl TypeNames {
    /// The entity type of this kind.
    pub fn exposed(&self, kind: Kind) -> &EntityTypeName {
        match kind {
            Kind::Tool => &self.tool,
            Kind::Resource => &self.resource,
            Kind::Prompt => &self.prompt,
        }
    }

    /// The kind whose entities are of this type.
    pub fn kind(&self, type_name: &EntityTypeName) -> Option<Kind> {
        Kind::ALL.into_iter().find(|&kind| self.exposed(kind) == type_name)
    }

    /// True if `entity` is a group or team.
    pub fn is_membership(&self, entity: &EntityUid) -> bool {
        [&self.group, &self.team].contains(&entity.type_name())
    }
}

/// Returns the parsed type names.
///
/// # Errors
/// None in practice, because the names are constants.
pub(crate) fn type_names() -> Result<&'static TypeNames, PolicyFault> {
    static NAMES: LazyLock<Option<TypeNames>> = LazyLock::new(|| {
        let parse = |name| EntityTypeName::from_str(name).ok();
        Some(TypeNames {
            action: parse("Action")?,
            agent: parse("Agent")?,
            group: parse("Group")?,
            origin: parse("Origin")?,
            prompt: parse(Kind::Prompt.entity_type())?,
            resource: parse(Kind::Resource.entity_type())?,
            team: parse("Team")?,
            tool: parse(Kind::Tool.entity_type())?,
            user: parse("User")?,
            virtual_server: parse("VirtualServer")?,
        })
    });
    NAMES.as_ref().ok_or_else(|| {
        PolicyFault::of_declaration(FaultReason::Declaration, "the schema's type names don't parse".to_owned())
    })
}

/// The entity `TYPE::"NAME"`; the name may contain any character. Its `Display` is the escaped form used in policies.
pub(crate) fn uid(type_name: &EntityTypeName, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(name))
}

/// The tool, resource or prompt with its attributes, in its virtual server and its origin.
///
/// An absent hint of a tool has the dangerous default of MCP: not read-only, destructive, not idempotent. A rule about
/// destructive tools therefore applies to a tool without hints. Resources and prompts are always read-only.
pub(crate) fn exposed(virtual_server: &str, declaration: &Declaration) -> Result<Entities, PolicyFault> {
    let names = type_names()?;
    let harmless = !declaration.kind.is_tool();
    let read_only = harmless || declaration.read_only.unwrap_or(false);
    let destructive = !harmless && declaration.destructive.unwrap_or(!read_only);
    let idempotent = harmless || declaration.idempotent.unwrap_or(false);
    let attributes = HashMap::from([
        ("name".to_owned(), string(&declaration.name)),
        ("data_classes".to_owned(), strings(&declaration.data_classes)),
        ("risk".to_owned(), string(&declaration.risk)),
        ("read_only".to_owned(), RestrictedExpression::new_bool(read_only)),
        ("destructive".to_owned(), RestrictedExpression::new_bool(destructive)),
        ("idempotent".to_owned(), RestrictedExpression::new_bool(idempotent)),
    ]);
    let parents = HashSet::from([uid(&names.virtual_server, virtual_server), uid(&names.origin, &declaration.origin)]);
    let fault = |message: String| PolicyFault::of_declaration(FaultReason::Declaration, message);
    let name = uid(names.exposed(declaration.kind), &declaration.name);
    let exposed = Entity::new(name, attributes, parents).map_err(|error| fault(error.to_string()))?;
    Entities::from_entities([exposed], None).map_err(|error| fault(error.to_string()))
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
    pub fn note(&mut self, names: &TypeNames, mentioned: &EntityUid) {
        let name = mentioned.id().unescaped().to_owned();
        if *mentioned.type_name() == names.group {
            self.groups.insert(name, mentioned.clone());
        } else if *mentioned.type_name() == names.team {
            self.teams.insert(name, mentioned.clone());
        }
    }

    /// The groups and teams of `principal` among these.
    pub fn of(&self, principal: &Principal<'_>) -> HashSet<EntityUid> {
        let groups = principal.groups.iter().filter_map(|group| self.groups.get(group.as_str()));
        let team = principal.team.and_then(|team| self.teams.get(team));
        groups.chain(team).cloned().collect()
    }
}

/// The entity of the user, in `containers`, with the visible claims as attributes; `None` if the issuer contains `|`.
pub(crate) fn user(
    names: &TypeNames,
    visible: Visible,
    containers: &HashSet<EntityUid>,
    principal: &Principal<'_>,
) -> Option<Entity> {
    let name = uid(&names.user, &user_name(principal.issuer, principal.subject)?);
    let claims = [
        ("issuer", visible.issuer, Some(principal.issuer)),
        ("subject", visible.subject, Some(principal.subject)),
        ("team", visible.team, principal.team),
        ("project", visible.project, principal.project),
        ("tenant", visible.tenant, principal.tenant),
    ];
    let attributes = claims.into_iter().filter_map(|(attribute, visible, value)| {
        let value = value.filter(|_| visible)?;
        Some((attribute.to_owned(), string(value)))
    });
    Entity::new(name, attributes.collect(), containers.clone()).ok()
}

pub(crate) fn string(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

pub(crate) fn strings(values: &[String]) -> RestrictedExpression {
    RestrictedExpression::new_set(values.iter().map(|value| string(value)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn user_name_keeps_issuer_and_subject_apart() {
        assert_eq!(user_name("https://idp.example.com", "auth0|1").as_deref(), Some("https://idp.example.com|auth0|1"));
        assert_eq!(user_name("https://idp.example.com|x", "1"), None, "an issuer with a separator should have no name");
    }

    #[test]
    fn memberships_keep_only_groups_named_in_policies() {
        let names = type_names().unwrap();
        let mut memberships = Memberships::default();
        memberships.note(names, &uid(&names.group, "support"));
        memberships.note(names, &uid(&names.team, "field"));
        memberships.note(names, &uid(&names.tool, "other"));
        let groups = ["support".to_owned(), "other".to_owned(), "field".to_owned()];
        let principal = Principal {
            groups: &groups,
            team: Some("field"),
            ..Principal::of("https://idp.example.com", "alice", "agent")
        };
        let expected = HashSet::from([uid(&names.group, "support"), uid(&names.team, "field")]);
        assert_eq!(memberships.of(&principal), expected, "a group named like the team should not become the team");
    }

    proptest! {
        #[test]
        fn uid_survives_its_written_form(name in any::<String>()) {
            let names = type_names().unwrap();
            let written = uid(&names.group, &name).to_string();
            prop_assert_eq!(EntityUid::from_str(&written).unwrap(), uid(&names.group, &name), "`{}` should parse back", written);
        }
    }
}
