//! Names of the schema's entity types in Cedar's types.

use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};
use policy::Kind;

use crate::{FaultReason, PolicyFault};

/// The entity types of the schema, parsed once.
pub(crate) struct TypeNames {
    pub action: EntityTypeName,
    pub agent: EntityTypeName,
    pub group: EntityTypeName,
    pub origin: EntityTypeName,
    pub prompt: EntityTypeName,
    pub resource: EntityTypeName,
    pub service: EntityTypeName,
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
            service: parse("Service")?,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn uid_survives_its_written_form(name in any::<String>()) {
            let names = type_names().unwrap();
            let written = uid(&names.group, &name).to_string();
            prop_assert_eq!(EntityUid::from_str(&written).unwrap(), uid(&names.group, &name), "`{}` should parse back", written);
            let own = policy::value::EntityUid::new("Group", &name).to_string();
            prop_assert_eq!(EntityUid::from_str(&own).unwrap(), uid(&names.group, &name), "`{}` should parse back", own);
        }
    }
}
