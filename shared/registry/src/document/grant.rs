//! Grants: `[[roles]]` and `[[groups]]` of `gateway.toml`.

use policy::Kind;

use crate::document::{EXPOSED_NAME, LABEL, NAME, RESOURCE_PATTERN};
use crate::fault::Faults;
use crate::source::Located;
use crate::table::Table;

/// One `[[roles]]`.
#[derive(Debug)]
pub struct RoleDocument {
    /// The role's name.
    pub name: Located<String>,
    /// Exposed names of granted tools.
    pub tools: Vec<Located<String>>,
    /// Granted URI patterns, as virtual servers list them.
    pub resources: Vec<Located<String>>,
    /// Exposed names of granted prompts.
    pub prompts: Vec<Located<String>>,
    /// Names of origins whose listed items are all granted.
    pub origins: Vec<Located<String>>,
    /// Names of virtual servers whose items are all granted.
    pub virtual_servers: Vec<Located<String>>,
}

/// One `[[groups]]`.
#[derive(Debug)]
pub struct GroupDocument {
    /// The group's name in the identity provider's groups claim.
    pub name: Located<String>,
    /// Names of the roles that its members have.
    pub roles: Vec<Located<String>>,
    /// The members' virtual server at `POST /mcp`.
    pub virtual_server: Option<Located<String>>,
    /// The team that pays for the members' calls.
    pub team: Option<Located<String>>,
    /// The project that the team's costs are charged to.
    pub project: Option<Located<String>>,
}

impl RoleDocument {
    /// The names of this kind that the role grants one by one.
    #[must_use]
    pub fn granted(&self, kind: Kind) -> &[Located<String>] {
        match kind {
            Kind::Tool => &self.tools,
            Kind::Resource => &self.resources,
            Kind::Prompt => &self.prompts,
        }
    }

    pub(crate) fn read(table: &mut Table<'_>, faults: &mut Faults) -> Option<Self> {
        let name = table.required_text("name", &NAME, faults);
        let tools = table.texts("tools", &EXPOSED_NAME, faults);
        let resources = table.texts("resources", &RESOURCE_PATTERN, faults);
        let prompts = table.texts("prompts", &EXPOSED_NAME, faults);
        let origins = table.texts("origins", &NAME, faults);
        let virtual_servers = table.texts("virtual_servers", &NAME, faults);
        Some(Self { name: name?, tools, resources, prompts, origins, virtual_servers })
    }
}

impl GroupDocument {
    pub(crate) fn read(table: &mut Table<'_>, faults: &mut Faults) -> Option<Self> {
        let name = table.required_text("name", &LABEL, faults);
        let roles = table.texts("roles", &NAME, faults);
        let virtual_server = table.text("virtual_server", &NAME, faults);
        let team = table.text("team", &LABEL, faults);
        let project = table.text("project", &LABEL, faults);
        if let (Some(project), None) = (&project, &team) {
            let message = "a `project` without a `team` is never charged";
            faults.warning(&project.place, message, "name the team that pays for it".to_owned());
        }
        Some(Self { name: name?, roles, virtual_server, team, project })
    }
}
