//! Results of the four list methods: parsed in one walk, and written by splicing the text of the origins' items.
//!
//! ```text
//! tools/list                {"resultType":"complete","tools":[{"name":…,"inputSchema":{…}},…],"ttlMs":…,"cacheScope":…}
//! resources/list            …"resources":[{"uri":…,"name":…},…]…
//! resources/templates/list  …"resourceTemplates":[{"uriTemplate":…,"name":…},…]…
//! prompts/list              …"prompts":[{"name":…,"arguments":[…]},…]…
//! ```
//!
//! Of each item, the byte ranges of identity, title and description are kept; the other text is copied once, into the
//! response. An item that official clients refuse is repaired, or left out alone (see `list/repair.rs`).

mod read;
mod repair;
mod write;

use std::ops::Range;

use thiserror::Error;

use crate::era::Era;
use crate::method::Method;
use crate::result::CacheScope;
use crate::{resource, tool};
use json::{RawJson, RawJsonError, ScanError};

pub use write::{ExposedItem, Page, list_result};

/// The kind of item that a list method returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {
    /// Tools, of `tools/list`.
    Tools,
    /// Resources, of `resources/list`.
    Resources,
    /// Resource templates, of `resources/templates/list`.
    ResourceTemplates,
    /// Prompts, of `prompts/list`.
    Prompts,
}

impl ListKind {
    /// Every kind of list.
    pub const ALL: [Self; 4] = [Self::Tools, Self::Resources, Self::ResourceTemplates, Self::Prompts];

    /// Returns the kind of list that a method requests; `None` for other methods.
    #[must_use]
    pub fn of(method: Method) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.method() == method)
    }

    /// Returns the method that requests the list.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Tools => Method::ToolsList,
            Self::Resources => Method::ResourcesList,
            Self::ResourceTemplates => Method::ResourcesTemplatesList,
            Self::Prompts => Method::PromptsList,
        }
    }

    /// Returns the member of the result that holds the items.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::ResourceTemplates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }

    /// Returns the member of an item that identifies it within the list.
    const fn identity(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::ResourceTemplates => "uriTemplate",
        }
    }

    /// Returns the maximum length of the identity, in bytes.
    const fn max_identity_bytes(self) -> usize {
        match self {
            Self::Tools | Self::Prompts => tool::MAX_NAME_BYTES,
            Self::Resources | Self::ResourceTemplates => resource::MAX_URI_BYTES,
        }
    }
}

/// The reason for refusing an origin's result as a list.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ListError {
    /// The result is not an object, its list is not an array or too long, or a member that is read occurs twice.
    #[error("the list can't be read: {0}")]
    Json(#[from] RawJsonError),
    /// The result has no member with the list.
    #[error("the result has no `{}`", .0.member())]
    Missing(ListKind),
    /// `nextCursor` is not a string.
    #[error("`nextCursor` is not a string")]
    Cursor,
}

impl ListError {
    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(error) => error.reason(),
            Self::Missing(ListKind::Tools) => "tools_missing",
            Self::Missing(ListKind::Resources) => "resources_missing",
            Self::Missing(ListKind::ResourceTemplates) => "resource_templates_missing",
            Self::Missing(ListKind::Prompts) => "prompts_missing",
            Self::Cursor => "cursor_malformed",
        }
    }
}

impl From<ScanError> for ListError {
    fn from(fault: ScanError) -> Self {
        Self::Json(fault.into())
    }
}

/// One page of an origin's list.
#[derive(Clone, Debug)]
pub struct List {
    /// The items that clients can read, in the origin's order, each identity once.
    pub items: Vec<Item>,
    /// The other elements.
    pub left_out: Vec<LeftOut>,
    /// `nextCursor`, a JSON string to send back unchanged as `cursor`, may be empty; `None` on the last page, and
    /// [`ListError::Cursor`] if it is not a string.
    pub next_cursor: Result<Option<RawJson>, ListError>,
    /// `ttlMs`: the lifetime of a cached copy, in milliseconds; `None` if absent, as in the legacy era, and 0 if it is
    /// no whole number from 0 on (SEP-2549).
    pub ttl_ms: Option<u64>,
    /// `cacheScope`: private unless the origin sends `public` (SEP-2549).
    pub cache_scope: CacheScope,
}

/// An element of an origin's list that clients can't read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The origin's name of it, or its URI; `None` if it has none.
    pub identity: Option<String>,
    /// The reason, a stable snake_case code.
    pub reason: &'static str,
}

/// A tool, resource, resource template or prompt as its origin defines it, repaired where clients need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    raw: RawJson,
    identity: String,
    spans: Spans,
    is_repaired: bool,
    legacy: LegacyForm,
}

/// The form of an item for legacy clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LegacyForm {
    /// The same as for modern ones.
    #[default]
    Same,
    /// Without its `outputSchema`: the legacy era has none but those of objects.
    WithoutOutputSchema,
    /// None: a legacy client would refuse the whole list, or every call.
    None,
}

/// The byte ranges of values in an item's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Spans {
    identity: Range<usize>,
    title: Option<Range<usize>>,
    description: Option<Range<usize>>,
    /// The whole member.
    output_schema: Option<Range<usize>>,
}

impl Item {
    /// Returns the origin's name of a tool or prompt, URI of a resource, or URI template.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Returns the whole definition, as the origin wrote it but for repairs.
    #[must_use]
    pub const fn raw(&self) -> &RawJson {
        &self.raw
    }

    /// True if the definition isn't as the origin wrote it.
    #[must_use]
    pub const fn is_repaired(&self) -> bool {
        self.is_repaired
    }

    /// True if clients of this era can read it.
    #[must_use]
    pub fn is_for(&self, client: Era) -> bool {
        client == Era::Modern || self.legacy != LegacyForm::None
    }
}

#[cfg(test)]
mod tests;
