//! What the registry declares about one tool, resource or prompt, and the text of one policy, as they stand in a snapshot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a declaration is about: one of the three things of MCP that a server offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A tool, which is called.
    #[default]
    Tool,
    /// The resources of one URI pattern, which are read.
    Resource,
    /// A prompt, which is got.
    Prompt,
}

impl Kind {
    /// Whether it is a tool, which records leave out.
    #[must_use]
    pub const fn is_tool(&self) -> bool {
        matches!(self, Self::Tool)
    }

    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Tool, Self::Resource, Self::Prompt];

    /// What messages call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }

    /// The Cedar type of its entities.
    #[must_use]
    pub const fn entity_type(self) -> &'static str {
        match self {
            Self::Tool => "Tool",
            Self::Resource => "Resource",
            Self::Prompt => "Prompt",
        }
    }

    /// The action of using it: what [`crate::Action::Call`] is called in policies.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Tool => "call",
            Self::Resource => "read",
            Self::Prompt => "get",
        }
    }
}

/// One tool, resource or prompt of a virtual server, as far as policy sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// What it is.
    #[serde(default, skip_serializing_if = "Kind::is_tool")]
    pub kind: Kind,
    /// The exposed name, which is its identity in policies: `Tool::"NAME"`, `Prompt::"NAME"`. Of a resource, the URI pattern:
    /// `Resource::"PATTERN"`.
    pub name: String,
    /// The registry's name of the origin: `Origin::"NAME"`.
    pub origin: String,
    /// Its name at its origin; of a resource, the URI pattern again. Policies don't see it.
    pub origin_name: String,
    /// The arguments that policies may look at, by their JSON name. Any other argument is invisible to policies. Of a resource,
    /// [`ArgumentDeclaration::of_resource`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, ArgumentDeclaration>,
    /// What kinds of data it touches, in the registry's own words: `resource.data_classes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_classes: Vec<String>,
    /// `low`, `medium` or `high`: `resource.risk`.
    pub risk: String,
    /// `readOnlyHint` as the registry approved it; absent counts as `false`. This and the next two are of tools: to read a resource or to get
    /// a prompt changes nothing, whatever stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// `destructiveHint` as the registry approved it; absent counts as `true`, unless the tool is read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destructive: Option<bool>,
    /// `idempotentHint` as the registry approved it; absent counts as `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotent: Option<bool>,
}

/// One argument that policies may look at as `context.arguments.NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentDeclaration {
    /// What its JSON value must be.
    pub r#type: ArgumentType,
    /// Whether a call without it is refused. Policies test an argument that isn't required with `has` first.
    #[serde(default)]
    pub required: bool,
}

impl ArgumentDeclaration {
    /// What every resource declares: the `uri` that is read.
    #[must_use]
    pub fn of_resource() -> BTreeMap<String, Self> {
        BTreeMap::from([("uri".to_owned(), Self { r#type: ArgumentType::String, required: true })])
    }
}

/// The Cedar type of a declared argument, and the JSON that it accepts (see [`crate::request::arguments`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentType {
    /// `String` from a JSON string.
    String,
    /// `Long` from a JSON number written as an integer within 64 bits.
    Long,
    /// `Bool` from `true` and `false`.
    Boolean,
    /// `decimal` from a JSON number, or a string that holds one, with up to four digits after the point.
    Decimal,
    /// `Set<String>` from an array of strings.
    StringSet,
    /// `Set<Long>` from an array of integers within 64 bits.
    LongSet,
}

/// One Cedar policy, a `permit` or a `forbid`, with the id that decisions name it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// Unique within the registry: `role/NAME/…` for what roles compile to, `public/NAME` for a public virtual server, else the `@id` or FILE/INDEX.
    pub id: String,
    /// The policy in Cedar's syntax.
    pub text: String,
}
