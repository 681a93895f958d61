//! Declarations of tools, resources and prompts, as members of a snapshot's records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The kind of MCP server feature that a declaration is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A tool (`tools/call`).
    #[default]
    Tool,
    /// The resources of one URI pattern (`resources/read`).
    Resource,
    /// A prompt (`prompts/get`).
    Prompt,
}

impl Kind {
    /// True for a tool; records omit this default.
    #[must_use]
    pub const fn is_tool(&self) -> bool {
        matches!(self, Self::Tool)
    }

    /// All kinds: tool, resource, prompt.
    pub const ALL: [Self; 3] = [Self::Tool, Self::Resource, Self::Prompt];

    /// Its name in messages: `tool`, `resource` or `prompt`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }

    /// The Cedar entity type: `Tool`, `Resource` or `Prompt`.
    #[must_use]
    pub const fn entity_type(self) -> &'static str {
        match self {
            Self::Tool => "Tool",
            Self::Resource => "Resource",
            Self::Prompt => "Prompt",
        }
    }

    /// The id of [`crate::Action::Call`] in policies: `call`, `read` or `get`.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Tool => "call",
            Self::Resource => "read",
            Self::Prompt => "get",
        }
    }
}

/// The properties of one tool, resource or prompt of a virtual server that policies can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Tool, resource or prompt; default tool.
    #[serde(default, skip_serializing_if = "Kind::is_tool")]
    pub kind: Kind,
    /// The exposed name, which identifies it in policies: `Tool::"NAME"`, `Prompt::"NAME"`. For a resource, the URI
    /// pattern: `Resource::"PATTERN"`.
    pub name: String,
    /// The origin's name in the registry: `Origin::"NAME"`.
    pub origin: String,
    /// Its name at the origin; for a resource, the URI pattern. Policies can't read it.
    pub origin_name: String,
    /// The arguments that policies can read, by their JSON name. For a resource, [`ArgumentDeclaration::of_resource`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, ArgumentDeclaration>,
    /// Classes of data that it processes, in the registry's own words: `resource.data_classes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_classes: Vec<String>,
    /// `low`, `medium` or `high`: `resource.risk`.
    pub risk: String,
    /// `readOnlyHint` as approved in the registry; absent counts as `false`. This and the next two apply to tools only:
    /// reading a resource or getting a prompt changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// `destructiveHint` as approved in the registry; absent counts as `true`, unless the tool is read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destructive: Option<bool>,
    /// `idempotentHint` as approved in the registry; absent counts as `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotent: Option<bool>,
}

/// One argument that policies can read as `context.arguments.NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentDeclaration {
    /// The type that its JSON value must have.
    pub r#type: ArgumentType,
    /// True if a call without it is refused; default false. Policies must test an optional argument with `has` first.
    #[serde(default)]
    pub required: bool,
}

impl ArgumentDeclaration {
    /// The arguments of every resource: a required string `uri`.
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

/// The declared arguments by name.
pub type Shape = BTreeMap<String, ArgumentDeclaration>;

/// Maximum number of declared arguments; it bounds the size of a record.
pub const MAXIMUM_ARGUMENTS: usize = 64;

/// Maximum length of an argument's name, bytes.
pub const MAXIMUM_ARGUMENT_NAME_BYTES: usize = 128;
