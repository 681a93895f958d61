//! Snapshot: the compiled registry, one serde type per record.
//!
//! Each type here is the raw JSON of one record in the key-value store (see [`crate::record`] for the seal around it).
//! A request reads `head`, the gateway record, the assignment shards of its caller's groups and one virtual server, so
//! what it reads doesn't grow with the registry.
//!
//! ```text
//! head                        Head             the live epoch
//! quarantine                  Quarantine       the frozen principals, agents, origins, tools, …, in every epoch
//! EPOCH/gateway               Gateway          trusted issuers, OAuth clients, limits
//! EPOCH/needs                 Needs            names of the secrets without which calls fail; only health reads it
//! EPOCH/assignments/SHARD     Assignments      group → virtual server, team, project
//! EPOCH/virtual-server/NAME   VirtualServer    self-contained: its origins, tools, resources, prompts and policies
//! ```
//!
//! Unknown members are refused, because an unknown member could be a restriction: upgrade the gateway before the
//! publisher.

use std::collections::BTreeMap;

use mcp::input_request::InputRequest;
use oauth::client_metadata::document_host;
use policy::Declaration;
use policy::record::RecordPolicies;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::price::Price;
pub use credential::{
    AssertionAudience, AuthorizationServer, ClientAuthentication, Credential, ExchangeForm, TokenTarget, Vault,
    VaultClient, VaultEndpoints,
};
pub use needs::Needs;
pub use requests::REQUESTS_PER_MINUTE;
pub use risk::Risk;
pub use trust::{Client, Issuer, IssuerMode, REGISTERED, Service, SignIn};

/// The record `head`: names the live epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The publish instant of the live snapshot, Unix milliseconds.
    pub epoch: u64,
}

/// The record `quarantine`: the frozen principals, agents, origins, tools, resources and prompts. If it is absent or
/// expired, every call is refused.
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
    /// The ends of entries, Unix seconds, by [`Quarantine::entry`]. Gateways before this member refuse the record.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub until: BTreeMap<String, u64>,
    /// The ends of tokens and sign-ins. Gateways before this member refuse the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_before: Vec<NotBefore>,
}

/// All tokens and sign-ins of a user, of an agent, or of a user through an agent, that are older than an instant,
/// no longer count. At least one of the two is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotBefore {
    /// `ISSUER|SUBJECT`; every user if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The OAuth client id; every agent if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The first second, since 1970, of which a token counts.
    pub instant: u64,
}

/// The record `gateway`: settings that don't depend on the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The gateway's own address, `https://HOST` without a trailing slash. It is the issuer of Weir's tokens and the
    /// prefix of every resource identifier.
    pub url: String,
    /// The trusted identity providers. They belong to the gateway, not to a virtual server, so that an anonymous caller
    /// can't learn which virtual servers exist.
    pub issuers: Vec<Issuer>,
    /// The registered OAuth clients.
    pub clients: Vec<Client>,
    /// The browser sign-in; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    /// Number of `assignments/SHARD` records of this epoch; at least 1.
    pub assignment_shards: u32,
    /// Lifetime of an access token, seconds; 60 to 3,600.
    pub access_token_seconds: u64,
    /// Messages of one caller in one minute and isolate that are no permitted calls; 30 to 100,000.
    /// [`REQUESTS_PER_MINUTE`] is omitted, so that older gateways read the record.
    #[serde(default = "requests::default", skip_serializing_if = "requests::is_default")]
    pub requests_per_minute: u64,
    /// True if every access token must be bound to a key (RFC 9449); an issuer may demand it of its users alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_dpop: bool,
    /// Web origins (RFC 6454, `scheme://host[:port]`) that may call from a browser.
    pub browser_origins: Vec<String>,
    /// Development only: origins and issuers may be on loopback and private addresses and speak `http:`.
    pub loopback_origins: bool,
    /// The public virtual servers, by name, and the payer of calls without a token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub public: BTreeMap<String, PublicAccess>,
}

impl Gateway {
    /// True if access tokens for users of this issuer must be bound to a key.
    #[must_use]
    pub fn demands_dpop(&self, issuer: &str) -> bool {
        self.require_dpop || self.issuers.iter().any(|listed| listed.issuer == issuer && listed.require_dpop)
    }

    /// True if tokens of this client still count: it is in the registry, or the sign-in lets its kind in.
    #[must_use]
    pub fn admits_client(&self, client_id: &str) -> bool {
        let unlisted = self.sign_in.as_ref().is_some_and(|sign_in| match document_host(client_id) {
            Some(host) => sign_in.client_hosts.iter().any(|listed| listed == host),
            None => sign_in.registration && client_id.starts_with(REGISTERED),
        });
        unlisted || self.clients.iter().any(|client| client.id == client_id)
    }
}

/// The payer of calls without a token through a public virtual server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicAccess {
    /// The team that pays; absent if the costs are unassigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team's costs are charged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// The record `assignments/SHARD`: the assignments of the groups in one shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    /// Assignments by the group's name at the identity provider.
    pub groups: BTreeMap<String, GroupAssignment>,
}

/// The virtual server, team and project of a group's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupAssignment {
    /// The group's position in the registry, from 0. Of a caller's groups, the lowest with a virtual server decides the
    /// virtual server, and the lowest with a team decides the team.
    pub order: u32,
    /// The members' virtual server at `POST /mcp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_server: Option<String>,
    /// The team that pays for the members' calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team's costs are charged to; from the group that decides the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// The record `virtual-server/NAME`: all data of a call through one virtual server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualServer {
    /// Its name in `https://HOST/mcp/{name}`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Its purpose, for people.
    pub description: String,
    /// `instructions` of `server/discover`, for models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Maximum number of calls, reads and gets per user and minute. Omitted if there is no limit, so that older
    /// gateways read the record; they refuse a record with a limit, which they couldn't enforce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_minute: Option<u64>,
    /// Restricted or public.
    #[serde(default, skip_serializing_if = "Access::is_restricted")]
    pub access: Access,
    /// The origins of its tools, resources and prompts, by name.
    pub origins: BTreeMap<String, Origin>,
    /// Its tools in registry order; a tool that isn't here is hidden.
    pub tools: Vec<Exposed>,
    /// Its resources, one entry per pattern, in registry order; a URI that matches no pattern is hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Exposed>,
    /// Its prompts in registry order; a prompt that isn't here is hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<Exposed>,
    /// The policies that can apply to its tools, resources or prompts, including those of roles.
    pub policies: RecordPolicies,
}

impl VirtualServer {
    /// Its tools, then its resources, then its prompts.
    pub fn exposed(&self) -> impl Iterator<Item = &Exposed> {
        self.tools.iter().chain(&self.resources).chain(&self.prompts)
    }
}

/// The callers that may use a virtual server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Callers with a token, within their roles and policies.
    #[default]
    Restricted,
    /// Everybody, also without a token.
    Public,
}

impl Access {
    /// Its text in the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Public => "public",
        }
    }

    /// Reads the text of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Restricted, Self::Public].into_iter().find(|access| access.as_str() == text)
    }

    /// True if callers need a token.
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
    /// URL of its MCP endpoint.
    pub url: String,
    /// The protocol era it speaks. [`OriginEra::Auto`] is omitted, so that older gateways read the record.
    #[serde(default, skip_serializing_if = "OriginEra::is_auto")]
    pub era: OriginEra,
    /// Maximum duration of a call, milliseconds; 1 to 300,000.
    pub timeout_ms: u64,
    /// Weir's credential at the origin.
    pub credential: Credential,
    /// `User-Agent` of requests to it; `None` for Weir's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Audit mode of its calls.
    pub audit: AuditMode,
    /// The requests that it may make of a caller, through the caller's client; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_ask: Vec<InputRequest>,
    /// Classes of data that it holds, in the registry's own words.
    #[serde(default)]
    pub data_classes: Vec<String>,
    /// Possible harm of a call.
    pub risk: Risk,
    /// Region in which it runs, in the registry's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The team that is responsible for it.
    pub owner: String,
    /// Prices of its calls.
    #[serde(default)]
    pub prices: Vec<Price>,
}

/// The protocol era that an origin speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginEra {
    /// MCP 2026-07-28.
    Modern,
    /// MCP 2025-03-26 to 2025-11-25.
    Legacy,
    /// The gateway detects the era and remembers it.
    #[default]
    Auto,
}

impl OriginEra {
    /// Its text in the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Legacy => "legacy",
            Self::Auto => "auto",
        }
    }

    /// Reads the text of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Modern, Self::Legacy, Self::Auto].into_iter().find(|era| era.as_str() == text)
    }

    /// True if the gateway must detect the era.
    #[must_use]
    pub const fn is_auto(&self) -> bool {
        matches!(self, Self::Auto)
    }
}

/// The audit events of a call to an origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditMode {
    /// One event after the call.
    #[default]
    Completion,
    /// One event before the call, which fails if the event isn't accepted, and one after it.
    TwoPhase,
}

impl AuditMode {
    /// Its text in the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completion => "completion",
            Self::TwoPhase => "two_phase",
        }
    }

    /// Reads the text of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Completion, Self::TwoPhase].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// A tool, a resource pattern or a prompt of a virtual server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposed {
    /// Its declaration for policy: kind, exposed name or pattern, origin, name at the origin, arguments, annotations.
    pub declaration: Declaration,
    /// Replaces the origin's title. A resource pattern with `*` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Replaces the origin's description. A resource pattern with `*` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Names of the arguments whose values audit events may contain.
    #[serde(default)]
    pub audit_arguments: Vec<String>,
    /// Indexes into the rules of [`VirtualServer::policies`] of the policies that can apply to it.
    pub policies: Vec<u32>,
}

/// The shard that holds `group`: the first four bytes, big endian, of its SHA-256, modulo `shards` (0 counts as 1).
#[must_use]
pub fn assignment_shard(group: &str, shards: u32) -> u32 {
    let digest = Sha256::digest(group.as_bytes());
    let [first, second, third, fourth, ..] = <[u8; 32]>::from(digest);
    u32::from_be_bytes([first, second, third, fourth]) % shards.max(1)
}

mod credential;
mod needs;
mod requests;
mod risk;
#[cfg(test)]
mod tests;
mod trust;
