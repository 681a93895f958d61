//! `virtual-servers/NAME.toml`: a view over tools, resources and prompts of several origins.
//!
//! ```toml
//! title = "Support"
//! description = "What the help desk needs"
//! instructions = "Search before you answer."       # optional
//! calls_per_minute = 60                            # optional: calls, reads and gets per user and minute (all messages
//!                                                  # of an address without a token)
//! access = "restricted"                            # optional: or `public`, for anybody without a token
//! team = "support"                                 # optional, only with `public`: the team that pays for these calls
//! project = "helpdesk"                             # optional
//!
//! [[tools]]
//! origin = "documents"
//! tool = "search"                                  # its name at the origin
//! name = "documents_search"                        # the exposed name; ORIGIN_TOOL unless given
//! title = "Search the handbook"                    # optional, replaces the origin's
//! description = "Finds pages by words."            # optional, replaces the origin's
//!
//! [[resources]]
//! origin = "documents"
//! uri = "handbook://*"                             # a URI, or a prefix and `*`; clients see the origin's URIs
//!
//! [[prompts]]
//! origin = "documents"
//! prompt = "summarise"                             # its name at the origin; `name`, `title`, `description` as of tools
//! ```

use policy::Kind;

use crate::document::{EXPOSED_NAME, LABEL, NAME, PROSE, RESOURCE_PATTERN, first_place, keep_read};
use crate::fault::{Faults, Place};
use crate::name;
use crate::resource;
use crate::snapshot::Access;
use crate::source::{Located, Source};
use crate::table::{self, Rule, Table};

/// 1 to 100,000, which is more than the agents of one user send in a minute.
const CALLS_PER_MINUTE_BOUNDS: (u64, u64) = (1, 100_000);

const ACCESS: Rule = Rule { holds: |text| Access::parse(text).is_some(), says: "be one of `restricted` and `public`" };

/// `virtual-servers/NAME.toml`.
#[derive(Debug)]
pub struct VirtualServerDocument {
    /// The file's name without `.toml`, at the file's first place.
    pub name: Located<String>,
    /// True if every entry could be read.
    pub complete: bool,
    /// Its title for people, 1 to 256 characters; empty if missing or invalid.
    pub title: String,
    /// Its purpose for people, 1 to 8,192 characters; empty if missing or invalid.
    pub description: String,
    /// `instructions` of `server/discover` for models, 1 to 8,192 characters.
    pub instructions: Option<String>,
    /// Maximum number of calls, reads and gets per user and minute; 1 to 100,000, default no limit.
    pub calls_per_minute: Option<u64>,
    /// `access`; default [`Access::Restricted`].
    pub access: Option<Located<Access>>,
    /// The team that pays for calls without a token.
    pub team: Option<Located<String>>,
    /// The project that the team's costs are charged to.
    pub project: Option<Located<String>>,
    /// Tools, then resources, then prompts, each in file order.
    pub listed: Vec<Listed>,
}

/// One `[[tools]]`, `[[resources]]` or `[[prompts]]`.
#[derive(Debug)]
pub struct Listed {
    /// The place where the entry begins.
    pub place: Place,
    /// Tool, resource or prompt.
    pub kind: Kind,
    /// Name of the origin.
    pub origin: Located<String>,
    /// Its name at the origin; for resources, the URI pattern.
    pub origin_name: Located<String>,
    /// Its exposed name; for resources, the URI pattern.
    pub exposed: Located<String>,
    /// Replaces the origin's title.
    pub title: Option<String>,
    /// Replaces the origin's description.
    pub description: Option<String>,
}

impl VirtualServerDocument {
    /// Reads `virtual-servers/NAME.toml`.
    pub fn read(name: &str, source: &Source<'_>, faults: &mut Faults) -> Self {
        let mut document = Self {
            name: Located { value: name.to_owned(), place: first_place(source.file()) },
            complete: false,
            title: String::new(),
            description: String::new(),
            instructions: None,
            calls_per_minute: None,
            access: None,
            team: None,
            project: None,
            listed: Vec::new(),
        };
        table::parse(source, faults, |table, faults| document.read_root(table, faults));
        document
    }

    fn read_root(&mut self, table: &mut Table<'_>, faults: &mut Faults) {
        let value = |written: Option<Located<String>>| written.map(|written| written.value);
        self.title = value(table.required_text("title", &LABEL, faults)).unwrap_or_default();
        self.description = value(table.required_text("description", &PROSE, faults)).unwrap_or_default();
        self.instructions = value(table.text("instructions", &PROSE, faults));
        let calls_per_minute = table.number("calls_per_minute", CALLS_PER_MINUTE_BOUNDS, faults);
        self.calls_per_minute = calls_per_minute.map(|written| written.value);
        self.read_access(table, faults);
        self.complete = true;
        let keys = [("tools", Kind::Tool), ("resources", Kind::Resource), ("prompts", Kind::Prompt)];
        for (key, kind) in keys {
            let listed = table.tables(key, faults, |table, faults| Listed::read(kind, table, faults));
            self.listed.extend(keep_read(listed, &mut self.complete));
        }
        if keys.iter().all(|(key, _)| table.is_absent(key)) {
            let message = "the virtual server has no `[[tools]]`, `[[resources]]` or `[[prompts]]`";
            faults.warning(table.place(), message, None);
        }
    }

    fn read_access(&mut self, table: &mut Table<'_>, faults: &mut Faults) {
        let access = table.text("access", &ACCESS, faults);
        self.access =
            access.and_then(|Located { value, place }| Some(Located { value: Access::parse(&value)?, place }));
        self.team = table.text("team", &LABEL, faults);
        self.project = table.text("project", &LABEL, faults);
        let Some(access) = self.public() else {
            for written in [&self.team, &self.project].into_iter().flatten() {
                let message = "the caller's group decides who pays, except where `access = \"public\"`";
                faults.error(&written.place, message, None);
            }
            return;
        };
        if self.calls_per_minute.is_none() && table.is_absent("calls_per_minute") {
            let help = "each address has them to itself";
            faults.error(&access.place, "public access needs `calls_per_minute`", help.to_owned());
        }
        if let (Some(project), None) = (&self.project, &self.team) {
            let message = "a `project` without a `team` is never charged";
            faults.warning(&project.place, message, "name the team that pays for it".to_owned());
        }
    }

    /// The place and value of `access` if it is `public`.
    #[must_use]
    pub fn public(&self) -> Option<&Located<Access>> {
        self.access.as_ref().filter(|access| access.value == Access::Public)
    }

    /// The entries of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Listed> {
        self.listed.iter().filter(move |listed| listed.kind == kind)
    }
}

impl Listed {
    fn read(kind: Kind, table: &mut Table<'_>, faults: &mut Faults) -> Option<Self> {
        let origin = table.required_text("origin", &NAME, faults);
        let (origin_name, name) = match kind {
            Kind::Tool => (table.required_text("tool", &LABEL, faults), table.text("name", &EXPOSED_NAME, faults)),
            Kind::Prompt => (table.required_text("prompt", &LABEL, faults), table.text("name", &EXPOSED_NAME, faults)),
            Kind::Resource => {
                let pattern = table.required_text("uri", &RESOURCE_PATTERN, faults);
                (pattern.clone(), pattern)
            }
        };
        let title = table.text("title", &LABEL, faults);
        let description = table.text("description", &PROSE, faults);
        let (origin, origin_name) = (origin?, origin_name?);
        if kind == Kind::Resource && resource::is_prefix(&origin_name.value) {
            for written in [&title, &description].into_iter().flatten() {
                let message =
                    format!("`{}` is many resources, and a title or description is of one", origin_name.value);
                faults.error(&written.place, message, "list that one by its whole URI as well".to_owned());
            }
        }
        if kind == Kind::Resource && origin_name.value.contains('{') {
            let message = format!("`{}` matches no URI of the template that it looks like", origin_name.value);
            let help = "write the beginning of its URIs and `*`".to_owned();
            faults.warning(&origin_name.place, message, help);
        }
        let exposed = match name {
            Some(name) => name,
            None => {
                let value = name::default_exposed_name(&origin.value, &origin_name.value);
                if !name::is_exposed_name(&value) {
                    let message = format!("the exposed name `{value}` must {}", EXPOSED_NAME.says);
                    faults.error(&origin_name.place, message, format!("give the {} a `name`", kind.as_str()));
                    return None;
                }
                Located { value, place: origin_name.place.clone() }
            }
        };
        let (title, description) = (title.map(|title| title.value), description.map(|description| description.value));
        Some(Self { place: table.place().clone(), kind, origin, origin_name, exposed, title, description })
    }
}
