//! The snapshot: the registry as the gateway uses it, one serde type per record.
//!
//! Each type here is the raw JSON of one record in the key-value store (see [`crate::record`] for the seal around it).
//! A request reads `head`, the gateway record, the assignment shards of its caller's groups and one virtual server, so
//! what it reads doesn't grow with the registry.
//!
//! ```text
//! head                        Head             which epoch is live
//! quarantine                  Quarantine       who and what is frozen, in every epoch
//! EPOCH/gateway               Gateway          trusted issuers, OAuth clients, limits
//! EPOCH/assignments/SHARD     Assignments      group → virtual server, team, project
//! EPOCH/virtual-server/NAME   VirtualServer    self-contained: its origins, what it exposes and policies, nothing else
//! ```
//!
//! Unknown members are refused: a member that this build doesn't know could be a restriction. So upgrade the gateway
//! before the publisher.

use std::collections::BTreeMap;

use oauth::algorithm::Algorithm;
use policy::{Declaration, PolicyText};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::price::Price;

/// Names the live epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The publish instant of the live snapshot, Unix milliseconds.
    pub epoch: u64,
}

/// The frozen principals, agents, origins, tools, resources and prompts. Absent or expired, nothing may be called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// `ISSUER|SUBJECT` of each frozen user.
    #[serde(default)]
    pub principals: Vec<String>,
    /// The OAuth client id of each frozen agent.
    #[serde(default)]
    pub agents: Vec<String>,
    /// The name of each frozen origin.
    #[serde(default)]
    pub origins: Vec<String>,
    /// The exposed name of each frozen tool, in every virtual server.
    #[serde(default)]
    pub tools: Vec<String>,
    /// The patterns of frozen resources (see [`crate::resource`]), in every virtual server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The exposed name of each frozen prompt, in every virtual server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<String>,
}

/// What the gateway knows before it knows who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The gateway's own address, `https://HOST` without a trailing slash: issuer and stem of every resource identifier.
    pub url: String,
    /// The trusted identity providers. They belong to the gateway, never to a virtual server: an anonymous caller must
    /// not learn which virtual servers exist.
    pub issuers: Vec<Issuer>,
    /// The registered OAuth clients.
    pub clients: Vec<Client>,
    /// How many `assignments/SHARD` records this epoch has; at least 1.
    pub assignment_shards: u32,
    /// How long an access token lives, seconds.
    pub access_token_seconds: u64,
    /// Web origins (`scheme://host[:port]`) that may call from a browser.
    pub browser_origins: Vec<String>,
    /// Development only: origins and issuers may be on loopback and private addresses and speak `http:`.
    pub loopback_origins: bool,
    /// The virtual servers that anybody may use without a token, by name, and who pays for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub public: BTreeMap<String, PublicAccess>,
}

/// Who pays for calls through a public virtual server that come without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicAccess {
    /// The team that pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team pays for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// One trusted identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// What the registry calls it.
    pub name: String,
    /// The `iss` of its assertions, compared byte for byte.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_uri: String,
    /// The JWS algorithms it may sign with.
    pub algorithms: Vec<Algorithm>,
    /// The claim that lists the user's groups.
    pub groups_claim: String,
    /// The one tenant that is trusted, where the issuer has several: it gives one subject to one person per tenant only,
    /// and any tenant may call a group as yours is called. Without it, assertions that name a tenant are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// One OAuth client: an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// `sha256:HEX` of each live secret; two while one is being replaced.
    pub secret_hashes: Vec<String>,
}

/// One shard of what groups give their members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    /// By the group's name as the identity provider writes it.
    pub groups: BTreeMap<String, GroupAssignment>,
}

/// What one group gives its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupAssignment {
    /// The group's place in the registry. The caller's lowest `order` with a virtual server decides the virtual server,
    /// the lowest with a team decides who pays.
    pub order: u32,
    /// The virtual server of `POST /mcp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_server: Option<String>,
    /// The team that pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team pays for; read from the group that decides the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// One virtual server with everything a call through it needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualServer {
    /// Its name in `https://HOST/mcp/{name}`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it is for, one sentence.
    pub description: String,
    /// `instructions` of `server/discover`: what the model should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// How many calls, reads and gets each user has in a minute. Left out where there is no limit, so that older gateways read the record
    /// too; with a limit they refuse it, because they wouldn't keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_minute: Option<u64>,
    /// Who may use it at all.
    #[serde(default, skip_serializing_if = "Access::is_restricted")]
    pub access: Access,
    /// The origins of what it exposes, by name.
    pub origins: BTreeMap<String, Origin>,
    /// Its tools in registry order; a tool that isn't here is hidden.
    pub tools: Vec<Exposed>,
    /// Its resources, one entry for each pattern, in registry order; a URI of no pattern is hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Exposed>,
    /// Its prompts in registry order; a prompt that isn't here is hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<Exposed>,
    /// The policies that apply to anything that it exposes, role grants included.
    pub policies: Vec<PolicyText>,
}

impl VirtualServer {
    /// Everything that it exposes: its tools, then its resources, then its prompts.
    pub fn exposed(&self) -> impl Iterator<Item = &Exposed> {
        self.tools.iter().chain(&self.resources).chain(&self.prompts)
    }
}

/// Who may use a virtual server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Callers with a token, as far as roles and policies let them.
    #[default]
    Restricted,
    /// Anybody.
    Public,
}

impl Access {
    /// What the registry writes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Public => "public",
        }
    }

    /// The access with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Restricted, Self::Public].into_iter().find(|access| access.as_str() == text)
    }

    /// Whether callers need a token.
    #[must_use]
    pub const fn is_restricted(&self) -> bool {
        matches!(self, Self::Restricted)
    }
}

/// One approved origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its name in the registry.
    pub name: String,
    /// Where it listens: the address of its MCP endpoint.
    pub url: String,
    /// Which protocol era it speaks. Left out where it is [`OriginEra::Auto`], so that older gateways read the record too.
    #[serde(default, skip_serializing_if = "OriginEra::is_auto")]
    pub era: OriginEra,
    /// How long one call may take, milliseconds.
    pub timeout_ms: u64,
    /// How Weir authenticates to it.
    pub credential: Credential,
    /// When its audit events are written.
    pub audit: AuditMode,
    /// What kinds of data it holds.
    #[serde(default)]
    pub data_classes: Vec<String>,
    /// How much harm a call can do.
    pub risk: Risk,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The team that answers for it.
    pub owner: String,
    /// What its calls cost.
    #[serde(default)]
    pub prices: Vec<Price>,
}

/// How Weir authenticates to an origin. The secret isn't here: its name is derived from the origin's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Credential {
    /// Not at all.
    None,
    /// One header: `prefix` and then the secret `ORIGIN_NAME_SECRET`.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the secret.
        prefix: String,
    },
    /// A short JWT about the principal and the request, signed by Weir.
    SignedIdentity,
}

/// Which protocol era an origin speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginEra {
    /// MCP 2026-07-28.
    Modern,
    /// MCP 2025-03-26 to 2025-11-25.
    Legacy,
    /// The gateway asks and remembers.
    #[default]
    Auto,
}

impl OriginEra {
    /// What the registry writes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Legacy => "legacy",
            Self::Auto => "auto",
        }
    }

    /// The era with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Modern, Self::Legacy, Self::Auto].into_iter().find(|era| era.as_str() == text)
    }

    /// Whether the gateway is to find out.
    #[must_use]
    pub const fn is_auto(&self) -> bool {
        matches!(self, Self::Auto)
    }
}

/// The audit events of a call to an origin, before and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditMode {
    /// One event after the call.
    #[default]
    Completion,
    /// One before the origin is called, without which it is not called, and one after.
    TwoPhase,
}

impl AuditMode {
    /// What the registry writes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completion => "completion",
            Self::TwoPhase => "two_phase",
        }
    }

    /// The mode with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Completion, Self::TwoPhase].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// How much harm a call can do; policies read it as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little.
    Low,
    /// Some; what an origin that doesn't say has.
    #[default]
    Medium,
    /// Much.
    High,
}

impl Risk {
    /// The text that policies and records use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One thing that a virtual server exposes: a tool, a resource or a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposed {
    /// What policy knows of it: kind, exposed name or pattern, origin, the name it has there, arguments, annotations.
    pub declaration: Declaration,
    /// Stands in for the origin's title. Of resources, only a pattern of one URI has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Stands in for the origin's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The arguments whose values audit events may carry.
    #[serde(default)]
    pub audit_arguments: Vec<String>,
    /// Indexes into [`VirtualServer::policies`]: the policies that can apply to it.
    pub policies: Vec<u32>,
}

/// The shard that holds `group`: the first four bytes, big endian, of its SHA-256, modulo `shards` (0 counts as 1).
#[must_use]
pub fn assignment_shard(group: &str, shards: u32) -> u32 {
    let digest = Sha256::digest(group.as_bytes());
    let [first, second, third, fourth, ..] = <[u8; 32]>::from(digest);
    u32::from_be_bytes([first, second, third, fourth]) % shards.max(1)
}

#[cfg(test)]
mod tests;
