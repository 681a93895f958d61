//! Lists of what a server offers: an origin's taken apart in one walk, ours spliced together from its text. All four are alike.
//!
//! ```text
//! tools/list                {"resultType":"complete","tools":[{"name":…,"inputSchema":{…}},…],"ttlMs":…,"cacheScope":…}
//! resources/list            …"resources":[{"uri":…,"name":…},…]…
//! resources/templates/list  …"resourceTemplates":[{"uriTemplate":…,"name":…},…]…
//! prompts/list              …"prompts":[{"name":…,"arguments":[…]},…]…
//! ```
//!
//! Of each item only where its identity, title and description stand is kept; the text in between is copied once, into the answer.

mod read;
mod write;

use std::ops::Range;

use thiserror::Error;

use crate::method::Method;
use crate::result::CacheScope;
use crate::{resource, tool};
use json::{RawJson, RawJsonError, ScanError};

pub use write::{Listed, Page, list_result};

/// Which list: what the member of the result is called, and what tells its items apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {
    /// `tools/list`
    Tools,
    /// `resources/list`
    Resources,
    /// `resources/templates/list`
    ResourceTemplates,
    /// `prompts/list`
    Prompts,
}

impl ListKind {
    /// Every list.
    pub const ALL: [Self; 4] = [Self::Tools, Self::Resources, Self::ResourceTemplates, Self::Prompts];

    /// The list that a method asks for.
    #[must_use]
    pub fn of(method: Method) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.method() == method)
    }

    /// The method that asks for it.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Tools => Method::ToolsList,
            Self::Resources => Method::ResourcesList,
            Self::ResourceTemplates => Method::ResourcesTemplatesList,
            Self::Prompts => Method::PromptsList,
        }
    }

    /// The member of the result that holds the items.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::ResourceTemplates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }

    /// The member of an item that no other item of the list shares.
    const fn identity(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::ResourceTemplates => "uriTemplate",
        }
    }

    /// Most bytes of that member.
    const fn identity_bytes(self) -> usize {
        match self {
            Self::Tools | Self::Prompts => tool::MAX_NAME_BYTES,
            Self::Resources | Self::ResourceTemplates => resource::MAX_URI_BYTES,
        }
    }
}

/// An origin's answer that is no such list.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ListError {
    /// The result is not an object, its list not an array, there are too many items, or a member that we read is there twice.
    #[error("the list can't be read: {0}")]
    Json(#[from] RawJsonError),
    /// The list is not in the result.
    #[error("the result has no `{}`", .0.member())]
    Missing(ListKind),
    /// `nextCursor` is not a string.
    #[error("`nextCursor` is not a string")]
    Cursor,
}

impl ListError {
    /// Stable code for audit events.
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

/// One page of what an origin offers.
#[derive(Clone, Debug)]
pub struct List {
    /// In the origin's order, no identity twice.
    pub items: Vec<Item>,
    /// Elements left out: no object, no identity or one that is too long, a member twice, an identity that came before.
    pub malformed: usize,
    /// A JSON string to send back as `cursor`, unchanged; an empty one is a cursor too. `None`: the last page.
    pub next_cursor: Option<RawJson>,
    /// How long the list may be kept, in milliseconds; 0 when absent or negative.
    pub ttl_ms: u64,
    /// Private unless the origin says `public`.
    pub cache_scope: CacheScope,
}

/// A tool, resource, template or prompt as its origin defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    raw: RawJson,
    identity: String,
    places: Places,
}

/// Where the values stand in an item's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    identity: Range<usize>,
    title: Option<Range<usize>>,
    description: Option<Range<usize>>,
}

impl Item {
    /// What the origin calls it: the name of a tool or a prompt, the URI of a resource, the template of resources.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The whole definition, as the origin wrote it.
    #[must_use]
    pub const fn raw(&self) -> &RawJson {
        &self.raw
    }
}

#[cfg(test)]
mod tests;
