//! A virtual server as written: `virtual-servers/NAME.toml`.
//!
//! ```toml
//! title = "Support"
//! description = "What the help desk needs"
//! instructions = "Search before you answer."       # optional
//! calls_per_minute = 60                            # optional: for each user; tool calls through this virtual server
//!
//! [[tools]]
//! origin = "documents"
//! tool = "search"                                  # the name it has there
//! name = "documents_search"                        # the exposed name; ORIGIN_TOOL unless given
//! title = "Search the handbook"                    # optional, stands in for the origin's
//! description = "Finds pages by words."            # optional, stands in for the origin's
//! ```

use crate::document::{EXPOSED_TOOL_NAME, LABEL, NAME, PROSE, first_place, keep_read};
use crate::fault::{Faults, Place};
use crate::name;
use crate::source::{Source, Written};
use crate::table::{self, Table};

/// More than a user's agents send in a minute; whoever wants no limit sets none.
const CALLS_PER_MINUTE_BOUNDS: (u64, u64) = (1, 100_000);

/// `virtual-servers/NAME.toml`.
#[derive(Debug)]
pub struct VirtualServerDocument {
    /// The file's name, and its first place.
    pub name: Written<String>,
    /// Whether all of its tools were read.
    pub complete: bool,
    /// For people.
    pub title: String,
    /// For people.
    pub description: String,
    /// For models.
    pub instructions: Option<String>,
    /// How many tool calls each user has in a minute.
    pub calls_per_minute: Option<u64>,
    /// In the order written.
    pub tools: Vec<ListedTool>,
}

/// One `[[tools]]`.
#[derive(Debug)]
pub struct ListedTool {
    /// Where the element begins.
    pub place: Place,
    /// The origin's name.
    pub origin: Written<String>,
    /// The name it has at the origin.
    pub tool: Written<String>,
    /// The name that clients see.
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
            tools: Vec::new(),
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
        let tools = table.tables("tools", faults, ListedTool::read);
        self.complete = true;
        self.tools = keep_read(tools, &mut self.complete);
        if table.is_absent("tools") {
            faults.warning(table.place(), "the virtual server has no `[[tools]]`", None);
        }
    }
}

impl ListedTool {
    fn read(table: &mut Table<'_>, faults: &mut Faults) -> Option<Self> {
        let origin = table.required_text("origin", &NAME, faults);
        let tool = table.required_text("tool", &LABEL, faults);
        let name = table.text("name", &EXPOSED_TOOL_NAME, faults);
        let title = table.text("title", &LABEL, faults).map(|written| written.value);
        let description = table.text("description", &PROSE, faults).map(|written| written.value);
        let (origin, tool) = (origin?, tool?);
        let exposed = match name {
            Some(name) => name,
            None => {
                let value = name::default_exposed_name(&origin.value, &tool.value);
                if !name::is_exposed_tool_name(&value) {
                    let message = format!("the exposed name `{value}` must {}", EXPOSED_TOOL_NAME.says);
                    faults.error(&tool.place, message, "give the tool a `name`".to_owned());
                    return None;
                }
                Written { value, place: tool.place.clone() }
            }
        };
        Some(Self { place: table.place().clone(), origin, tool, exposed, title, description })
    }
}
