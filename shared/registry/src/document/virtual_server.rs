//! A virtual server as written: `virtual-servers/NAME.toml`.
//!
//! ```toml
//! title = "Support"
//! description = "What the help desk needs"
//! instructions = "Search before you answer."       # optional
//! calls_per_minute = 60                            # optional: for each user; calls, reads and gets through this virtual server
//! access = "restricted"                            # optional: or `public`, for anybody without a token
//! team = "support"                                 # optional, only with `public`: who pays for calls without a token
//! project = "helpdesk"                             # optional
//!
//! [[tools]]
//! origin = "documents"
//! tool = "search"                                  # the name it has there
//! name = "documents_search"                        # the exposed name; ORIGIN_TOOL unless given
//! title = "Search the handbook"                    # optional, stands in for the origin's
//! description = "Finds pages by words."            # optional, stands in for the origin's
//!
//! [[resources]]
//! origin = "documents"
//! uri = "handbook://*"                             # one URI, or the beginning of many; clients see the origin's own
//!
//! [[prompts]]
//! origin = "documents"
//! prompt = "summarise"                             # the name it has there; `name`, `title`, `description` as of tools
//! ```

use policy::Kind;

use crate::document::{EXPOSED_NAME, LABEL, NAME, PROSE, RESOURCE_PATTERN, first_place, keep_read};
use crate::fault::{Faults, Place};
use crate::name;
use crate::resource;
use crate::snapshot::Access;
use crate::source::{Source, Written};
use crate::table::{self, Rule, Table};

/// More than a user's agents send in a minute; whoever wants no limit sets none.
const CALLS_PER_MINUTE_BOUNDS: (u64, u64) = (1, 100_000);

const ACCESS: Rule = Rule { holds: |text| Access::parse(text).is_some(), says: "be one of `restricted` and `public`" };

/// `virtual-servers/NAME.toml`.
#[derive(Debug)]
pub struct VirtualServerDocument {
    /// The file's name, and its first place.
    pub name: Written<String>,
    /// Whether all that it lists was read.
    pub complete: bool,
    /// For people.
    pub title: String,
    /// For people.
    pub description: String,
    /// For models.
    pub instructions: Option<String>,
    /// How many calls, reads and gets each user has in a minute.
    pub calls_per_minute: Option<u64>,
    /// Who may use it at all.
    pub access: Option<Written<Access>>,
    /// Who pays for calls without a token.
    pub team: Option<Written<String>>,
    /// For what.
    pub project: Option<Written<String>>,
    /// Tools, then resources, then prompts, each in the order written.
    pub listed: Vec<Listed>,
}

/// One `[[tools]]`, `[[resources]]` or `[[prompts]]`.
#[derive(Debug)]
pub struct Listed {
    /// Where the element begins.
    pub place: Place,
    /// Which of the three it is.
    pub kind: Kind,
    /// The origin's name.
    pub origin: Written<String>,
    /// The name it has at the origin; of resources, the pattern.
    pub origin_name: Written<String>,
    /// The name that clients see; of resources, the pattern again.
    pub exposed: Written<String>,
    /// Stands in for the origin's.
    pub title: Option<String>,
    /// Stands in for the origin's.
    pub description: Option<String>,
}

impl VirtualServerDocument {
    /// Reads `virtual-servers/NAME.toml`.
    pub fn read(name: &str, source: &Source<'_>, faults: &mut Faults) -> Self {
        let mut document = Self {
            name: Written { value: name.to_owned(), place: first_place(source.file()) },
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
        let value = |written: Option<Written<String>>| written.map(|written| written.value);
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
            access.and_then(|Written { value, place }| Some(Written { value: Access::parse(&value)?, place }));
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

    /// That it is public, if it is.
    #[must_use]
    pub fn public(&self) -> Option<&Written<Access>> {
        self.access.as_ref().filter(|access| access.value == Access::Public)
    }

    /// What it lists of one kind.
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
        let exposed = match name {
            Some(name) => name,
            None => {
                let value = name::default_exposed_name(&origin.value, &origin_name.value);
                if !name::is_exposed_name(&value) {
                    let message = format!("the exposed name `{value}` must {}", EXPOSED_NAME.says);
                    faults.error(&origin_name.place, message, format!("give the {} a `name`", kind.as_str()));
                    return None;
                }
                Written { value, place: origin_name.place.clone() }
            }
        };
        let (title, description) = (title.map(|title| title.value), description.map(|description| description.value));
        Some(Self { place: table.place().clone(), kind, origin, origin_name, exposed, title, description })
    }
}
