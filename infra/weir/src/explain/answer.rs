//! Answer: what was found, as `--format json` prints it. Members are only ever added under one `version`.

use std::fmt;
use std::net::IpAddr;

use policy::Kind;
use registry::fault::Place;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::source::Described;

/// The version of the JSON.
pub const VERSION: u32 = 1;

/// Everything about one question.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// [`VERSION`].
    pub version: u32,
    /// Which registry was asked.
    pub source: Described,
    /// Who asks.
    pub caller: Caller,
    /// Which virtual server answers, and why that one.
    pub virtual_server: Option<Decided>,
    /// Who pays, and why.
    pub team: Option<Payer>,
    /// Why the caller gets nothing at all.
    pub refusal: Option<Refusal>,
    /// In registry order.
    pub tools: Vec<ExposedAnswer>,
    /// In registry order.
    pub resources: Vec<ExposedAnswer>,
    /// In registry order.
    pub prompts: Vec<ExposedAnswer>,
    /// The tools of the virtual server that aren't in the caller's list, asked about or not.
    pub hidden: Vec<String>,
    /// The resources that aren't in it.
    pub hidden_resources: Vec<String>,
    /// The prompts that aren't in it.
    pub hidden_prompts: Vec<String>,
    /// What was taken for granted, and what looks like a mistake in the question.
    pub notes: Vec<String>,
}

/// Who asks, when and from where.
#[derive(Debug, Clone, Serialize)]
pub struct Caller {
    /// `ISSUER|SUBJECT`.
    pub user: Option<String>,
    /// The OAuth client.
    pub agent: Option<String>,
    /// As asked.
    pub groups: Vec<String>,
    /// RFC 3339.
    pub at: String,
    /// The client's.
    pub address: Option<IpAddr>,
    /// The client's.
    pub country: Option<String>,
}

/// Something that one of the caller's groups, or a flag, decides.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// What was decided.
    pub name: String,
    /// `group` or `flag`.
    pub via: &'static str,
    /// The group that comes first in the registry among those that have a say.
    pub group: Option<String>,
    /// Of the group.
    #[serde(flatten)]
    pub spot: Spot,
}

/// The team that pays.
#[derive(Debug, Clone, Serialize)]
pub struct Payer {
    /// Which team.
    #[serde(flatten)]
    pub team: Decided,
    /// What for.
    pub project: Option<String>,
}

/// Why a caller gets nothing at all.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// The code in audit events.
    pub reason: &'static str,
    /// For people.
    pub because: String,
}

impl Answer {
    /// What was found of tools, resources and prompts.
    pub fn exposed(&self) -> impl Iterator<Item = &ExposedAnswer> {
        self.tools.iter().chain(&self.resources).chain(&self.prompts)
    }

    /// What isn't in the caller's lists, as people read it.
    pub fn hidden(&self) -> Option<String> {
        let kinds = [
            (Kind::Tool, &self.hidden),
            (Kind::Resource, &self.hidden_resources),
            (Kind::Prompt, &self.hidden_prompts),
        ];
        let named = kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| told(kind, name)));
        let named: Vec<String> = named.collect();
        (!named.is_empty()).then(|| named.join(", "))
    }
}

/// A name as people read it; most names are tools'.
fn told(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Tool => format!("`{name}`"),
        _ => format!("{} `{name}`", kind.as_str()),
    }
}

/// What holds for one tool, for the resources of one pattern (or one of them), or for one prompt.
#[derive(Debug, Clone)]
pub struct ExposedAnswer {
    /// Which of the three.
    pub kind: Kind,
    /// The exposed name; of resources, the pattern.
    pub name: String,
    /// The one resource that was asked about.
    pub uri: Option<String>,
    /// Whose it is; none when there is no such thing.
    pub origin: Option<String>,
    /// Where the virtual server lists it.
    pub spot: Spot,
    /// May it be seen? None when that wasn't asked.
    pub list: Option<Ruling>,
    /// May it be called, read or got? None when that wasn't asked.
    pub using: Option<Ruling>,
}

impl ExposedAnswer {
    /// What it is called where all three stand together.
    pub fn told(&self) -> String {
        told(self.kind, self.uri.as_ref().unwrap_or(&self.name))
    }

    /// Each action that was asked about, and its answer.
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
        members.serialize_entry("file", &self.spot.file)?;
        members.serialize_entry("line", &self.spot.line)?;
        members.serialize_entry("list", &self.list)?;
        members.serialize_entry(self.kind.action(), &self.using)?;
        members.end()
    }
}

/// The answer to one action on one of them.
#[derive(Debug, Clone, Serialize)]
pub struct Ruling {
    /// Yes, no, or it depends.
    pub effect: Effect,
    /// The code in audit events; for lists, `hidden` where policy leaves it out.
    pub reason: Option<&'static str>,
    /// What policy says more exactly.
    pub detail: Option<&'static str>,
    /// For people.
    pub because: String,
    /// The rules that decide.
    pub rules: Vec<Rule>,
}

/// Yes, no, or it depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Yes.
    Permit,
    /// No.
    Refusal,
    /// A rule looks at arguments, and the question has none.
    Depends,
}

impl Effect {
    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Refusal => "refusal",
            Self::Depends => "depends",
        }
    }
}

/// One rule that decides.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// As in audit events.
    pub id: String,
    /// The role that made it.
    pub role: Option<String>,
    /// The group that holds the role.
    pub group: Option<String>,
    /// Where it is written.
    #[serde(flatten)]
    pub spot: Spot,
}

/// `role NAME of group NAME (FILE:LINE)` or `policy ID (FILE:LINE)`.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.role, &self.group) {
            (Some(role), Some(group)) => write!(formatter, "role `{role}` of group `{group}`{}", self.spot),
            _ => write!(formatter, "policy `{}`{}", self.id, self.spot),
        }
    }
}

/// A file of the folder and a line in it; both unknown for a live registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// The path in the folder.
    pub file: Option<String>,
    /// From 1.
    pub line: Option<u32>,
}

impl From<Option<Place>> for Spot {
    fn from(place: Option<Place>) -> Self {
        place.map_or_else(Self::default, |place| Self { file: Some(place.file), line: Some(place.line) })
    }
}

/// ` (FILE:LINE)`, or nothing where it is unknown.
impl fmt::Display for Spot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(formatter, " ({file}:{line})"),
            _ => Ok(()),
        }
    }
}
