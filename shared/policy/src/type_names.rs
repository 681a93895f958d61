//! Names of the schema's entity types; those of tools, resources and prompts are [`crate::Kind::entity_type`].

/// Entity type of a user.
pub const USER: &str = "User";
/// Entity type of a client that acts for itself.
pub const SERVICE: &str = "Service";
/// Entity type of an agent.
pub const AGENT: &str = "Agent";
/// Entity type of a group.
pub const GROUP: &str = "Group";
/// Entity type of a team.
pub const TEAM: &str = "Team";
/// Entity type of an origin.
pub const ORIGIN: &str = "Origin";
/// Entity type of a virtual server.
pub const VIRTUAL_SERVER: &str = "VirtualServer";
/// Entity type of an action.
pub const ACTION: &str = "Action";
