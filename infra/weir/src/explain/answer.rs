//! The answer to a question, in the form of `--format json`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use policy::Kind;
use registry::fault::Place;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::mapping::Mapping;
use super::source::SourceDescription;

/// The answer to one question.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The registry that was asked.
    pub source: SourceDescription,
    /// The caller in the question.
    pub caller: Caller,
    /// The mapping of the question's claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// The caller's virtual server; `None` if there is none.
    pub virtual_server: Option<Choice>,
    /// The team that pays; `None` if there is none.
    pub team: Option<ChargedTeam>,
    /// The reason why the caller gets nothing at all.
    pub refusal: Option<Refusal>,
    /// The tools asked about, in registry order.
    pub tools: Vec<ExposedAnswer>,
    /// The resources asked about, in registry order.
    pub resources: Vec<ExposedAnswer>,
    /// The prompts asked about, in registry order.
    pub prompts: Vec<ExposedAnswer>,
    /// The tools of the virtual server that are not in the caller's list, asked about or not.
    pub hidden: Vec<String>,
    /// The resources that are not in the caller's list.
    pub hidden_resources: Vec<String>,
    /// The prompts that are not in the caller's list.
    pub hidden_prompts: Vec<String>,
    /// Assumptions, and likely mistakes in the question.
    pub notes: Vec<String>,
}

/// The caller, the time and the connection.
#[derive(Debug, Clone, Serialize)]
pub struct Caller {
    /// `ISSUER|SUBJECT`.
    pub user: Option<String>,
    /// The OAuth client's id.
    pub agent: Option<String>,
    /// The client id of a service, which acts for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The groups in the question.
    pub groups: Vec<String>,
    /// The time of the request, RFC 3339.
    pub at: String,
    /// The client's IP address.
    pub address: Option<IpAddr>,
    /// The client's country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

/// A virtual server or team, chosen by one of the caller's groups or by a flag.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// The name of the virtual server or team.
    pub name: String,
    /// The source of the choice: `group` or `flag`; for a team also `service` or `claim`.
    pub via: &'static str,
    /// The deciding group: the first one in the registry that has a virtual server or team.
    pub group: Option<String>,
    /// The place of the group.
    #[serde(flatten)]
    pub place: SourceLine,
}

/// The team that pays.
#[derive(Debug, Clone, Serialize)]
pub struct ChargedTeam {
    /// The team.
    #[serde(flatten)]
    pub team: Choice,
    /// The team's project.
    pub project: Option<String>,
}

/// The refusal of everything.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// The code in audit events.
    pub reason: &'static str,
    /// The reason for people.
    pub because: String,
}

impl Answer {
    /// The tools, resources and prompts asked about.
    pub fn exposed(&self) -> impl Iterator<Item = &ExposedAnswer> {
        self.tools.iter().chain(&self.resources).chain(&self.prompts)
    }

    /// The origins that may make requests for input, each with the names of the requests, for people.
    pub fn asking(&self) -> BTreeMap<&str, String> {
        let asking = self.exposed().filter(|exposed| !exposed.may_ask.is_empty());
        asking.filter_map(|exposed| Some((exposed.origin.as_deref()?, exposed.may_ask.join(", ")))).collect()
    }

    /// The origins that get an access token, each with the kind of its credential, for people.
    pub fn with_token(&self) -> BTreeMap<&str, &'static str> {
        let with_token = self.exposed().filter(|exposed| exposed.has_token);
        with_token.filter_map(|exposed| Some((exposed.origin.as_deref()?, exposed.credential?))).collect()
    }

    /// The names that are not in the caller's lists, for people; `None` if there are none.
    pub fn hidden(&self) -> Option<String> {
        let kinds = [
            (Kind::Tool, &self.hidden),
            (Kind::Resource, &self.hidden_resources),
            (Kind::Prompt, &self.hidden_prompts),
        ];
        let named = kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| label(kind, name)));
        let named: Vec<String> = named.collect();
        (!named.is_empty()).then(|| named.join(", "))
    }
}

/// A name for people; a tool's needs no kind.
fn label(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Tool => format!("`{name}`"),
        _ => format!("{} `{name}`", kind.as_str()),
    }
}

/// The answer about one tool, the resources of one pattern (or one of them), or one prompt.
#[derive(Debug, Clone)]
pub struct ExposedAnswer {
    /// Tool, resource or prompt.
    pub kind: Kind,
    /// The exposed name; for resources, the pattern.
    pub name: String,
    /// The one resource that was asked about.
    pub uri: Option<String>,
    /// The origin's name; `None` if the virtual server has no such item.
    pub origin: Option<String>,
    /// The place in the virtual server's file.
    pub place: SourceLine,
    /// The decision on its place in the list; `None` if not asked.
    pub list: Option<Ruling>,
    /// The decision on the call, read or get; `None` if not asked.
    pub using: Option<Ruling>,
    /// The requests for input that its origin may make of the caller (`may_ask`).
    pub may_ask: Vec<&'static str>,
    /// The kind of Weir's credential at its origin.
    pub credential: Option<&'static str>,
    /// True if that is an access token of an authorization server.
    pub has_token: bool,
}

impl ExposedAnswer {
    /// The name for people, with its kind unless it is a tool.
    pub fn label(&self) -> String {
        label(self.kind, self.uri.as_ref().unwrap_or(&self.name))
    }

    /// Each action that was asked about, and its ruling.
    pub fn rulings(&self) -> impl Iterator<Item = (&'static str, &Ruling)> {
        let rulings = [("list", &self.list), (self.kind.action(), &self.using)];
        rulings.into_iter().filter_map(|(action, ruling)| Some((action, ruling.as_ref()?)))
    }
}

/// `{tool, …, call}`, `{resource, uri, …, read}` or `{prompt, …, get}`.
impl Serialize for ExposedAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry(self.kind.as_str(), &self.name)?;
        if self.kind == Kind::Resource {
            members.serialize_entry("uri", &self.uri)?;
        }
        members.serialize_entry("origin", &self.origin)?;
        if let Some(credential) = self.credential {
            members.serialize_entry("credential", credential)?;
        }
        members.serialize_entry("file", &self.place.file)?;
        members.serialize_entry("line", &self.place.line)?;
        members.serialize_entry("list", &self.list)?;
        members.serialize_entry(self.kind.action(), &self.using)?;
        if !self.may_ask.is_empty() {
            members.serialize_entry("may_ask", &self.may_ask)?;
        }
        members.end()
    }
}

/// The decision on one action.
#[derive(Debug, Clone, Serialize)]
pub struct Ruling {
    /// The effect of the decision.
    pub effect: Effect,
    /// The code in audit events; for lists, `hidden` if policy leaves it out.
    pub reason: Option<&'static str>,
    /// Policy's own, more exact code.
    pub detail: Option<&'static str>,
    /// The reason for people.
    pub because: String,
    /// The deciding rules.
    pub rules: Vec<Rule>,
}

/// The effect of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The action is permitted.
    Permit,
    /// The action is refused.
    Refusal,
    /// A rule reads arguments, and the question has none.
    Depends,
}

impl Effect {
    /// The value in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Refusal => "refusal",
            Self::Depends => "depends",
        }
    }
}

/// One deciding rule.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// The rule's id in audit events.
    pub id: String,
    /// The role that grants it; `None` for a rule in a policy file.
    pub role: Option<String>,
    /// The group that holds the role.
    pub group: Option<String>,
    /// The place of the rule.
    #[serde(flatten)]
    pub place: SourceLine,
}

/// `role NAME of group NAME (FILE:LINE)` or `policy ID (FILE:LINE)`.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.role, &self.group) {
            (Some(role), Some(group)) => write!(formatter, "role `{role}` of group `{group}`{}", self.place),
            _ => write!(formatter, "policy `{}`{}", self.id, self.place),
        }
    }
}

/// A file of the folder and a line; both `None` for a live registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceLine {
    /// The path in the folder.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
}

impl From<Option<Place>> for SourceLine {
    fn from(place: Option<Place>) -> Self {
        place.map_or_else(Self::default, |place| Self { file: Some(place.file), line: Some(place.line) })
    }
}

/// ` (FILE:LINE)`, or nothing if unknown.
impl fmt::Display for SourceLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(formatter, " ({file}:{line})"),
            _ => Ok(()),
        }
    }
}
