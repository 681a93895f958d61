//! The flags of a question, and the form of each.

use std::net::IpAddr;

use clap::{Args, ValueEnum};
use policy::{Arguments, ArgumentsError, Kind};
use serde_json::{Map, Value};

/// The flags that make the question.
#[derive(Debug, Clone, Args)]
pub struct Question {
    /// A group of the caller, spelled as by the identity provider; repeat it for each group
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,
    /// The user [default: a user without a name]
    #[arg(long, value_name = "ISSUER|SUBJECT", value_parser = parse_user)]
    pub user: Option<User>,
    /// The agent, by its OAuth client id [default: none of the registered clients]
    #[arg(long, value_name = "CLIENT_ID")]
    pub agent: Option<String>,
    /// A service, by its client id: a client that acts for itself, with the groups and the team of its registry entry
    #[arg(long, value_name = "CLIENT_ID", conflicts_with_all = ["groups", "user", "agent", "team"])]
    pub service: Option<String>,
    /// The claims of the caller's token: groups, team and project follow from them by the rules of the issuer
    #[arg(long, value_name = "JSON", value_parser = parse_claims, conflicts_with_all = ["groups", "service"])]
    pub claims: Option<Map<String, Value>>,
    /// The issuer whose rules read --claims, by its name in gateway.toml [default: the only one]
    #[arg(long, value_name = "NAME", requires = "claims")]
    pub issuer: Option<String>,
    /// The team in the access token [default: decided by the groups]
    #[arg(long, value_name = "NAME")]
    pub team: Option<String>,
    /// The virtual server of `/mcp/NAME` [default: decided by the groups]
    #[arg(long, value_name = "NAME")]
    pub virtual_server: Option<String>,
    /// One tool, by its exposed name [default: everything of the virtual server]
    #[arg(long, value_name = "NAME", group = "one")]
    pub tool: Option<String>,
    /// One resource, by its URI
    #[arg(long, value_name = "URI", group = "one")]
    pub resource: Option<String>,
    /// One prompt, by its exposed name
    #[arg(long, value_name = "NAME", group = "one")]
    pub prompt: Option<String>,
    /// The action [default: list, and call (a tool), read (a resource) or get (a prompt)]
    #[arg(long, value_enum)]
    pub action: Option<Action>,
    /// The arguments of the call or the get, a JSON object
    #[arg(long, value_name = "JSON", value_parser = parse_arguments)]
    pub arguments: Option<String>,
    /// The time of the request [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = parse_instant)]
    pub at: Option<u64>,
    /// The client's IP address [default: unknown]
    #[arg(long, value_name = "IP")]
    pub address: Option<IpAddr>,
    /// The client's country, ISO 3166-1 alpha-2 [default: unknown]
    #[arg(long, value_name = "XX", value_parser = parse_country)]
    pub country: Option<String>,
}

/// An action on a tool, a resource or a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// See it in its list
    List,
    /// Call a tool
    Call,
    /// Read a resource
    Read,
    /// Get a prompt
    Get,
}

impl Action {
    /// The action that uses an item of this kind.
    pub const fn using(kind: Kind) -> Self {
        match kind {
            Kind::Tool => Self::Call,
            Kind::Resource => Self::Read,
            Kind::Prompt => Self::Get,
        }
    }
}

impl Question {
    /// The agent's client id: that of a service is its own.
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref().or(self.service.as_deref())
    }

    /// True if `action` is asked about.
    pub fn asks(&self, action: Action) -> bool {
        self.action.is_none_or(|asked| asked == action)
    }

    /// The one tool, resource or prompt asked about.
    pub fn one(&self) -> Option<(Kind, &str)> {
        let named = [(Kind::Tool, &self.tool), (Kind::Resource, &self.resource), (Kind::Prompt, &self.prompt)];
        named.into_iter().find_map(|(kind, name)| Some((kind, name.as_deref()?)))
    }

    /// True if items of this kind are asked about.
    pub fn asks_about(&self, kind: Kind) -> bool {
        let asked = self.asks(Action::List) || self.asks(Action::using(kind));
        asked && self.one().is_none_or(|(one, _)| one == kind)
    }

    /// The fault of a combination of flags without a meaning.
    pub fn fault(&self) -> Option<&'static str> {
        let (given, one) = (self.arguments.is_some(), self.one().map(|(kind, _)| kind));
        match (self.action, one) {
            (Some(Action::List), _) if given => Some("--arguments belong to a call or a get, but --action is list"),
            (_, Some(Kind::Resource)) | (Some(Action::Read), _) if given => {
                Some("--arguments belong to a call or a get; the argument of a read is --resource")
            }
            (Some(action), Some(kind)) if ![Action::List, Action::using(kind)].contains(&action) => {
                Some("--action call needs a tool, read a resource, get a prompt")
            }
            _ => None,
        }
    }
}

/// One user of one identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The `iss` claim of the user's assertions.
    pub issuer: String,
    /// The `sub` claim.
    pub subject: String,
}

impl User {
    /// The key `ISSUER|SUBJECT`, as in quarantine.toml.
    pub fn key(&self) -> String {
        format!("{}|{}", self.issuer, self.subject)
    }
}

/// A group that the caller gains or loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// `NAME` or `+NAME`.
    Gained(String),
    /// `-NAME`.
    Lost(String),
}

/// Reads `NAME`, `+NAME` or `-NAME`.
pub fn parse_membership(text: &str) -> Result<Membership, String> {
    let (lost, name) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    // `--format` in place of a value: the value is missing.
    if name.is_empty() || text.starts_with("--") {
        return Err("write `NAME`, `+NAME` or `-NAME` of a group".to_owned());
    }
    Ok(if lost { Membership::Lost(name.to_owned()) } else { Membership::Gained(name.to_owned()) })
}

/// The groups after `memberships` are applied in order.
pub fn changed(groups: &[String], memberships: &[Membership]) -> Vec<String> {
    let mut groups = groups.to_vec();
    for membership in memberships {
        match membership {
            Membership::Gained(name) if groups.contains(name) => {}
            Membership::Gained(name) => groups.push(name.clone()),
            Membership::Lost(name) => groups.retain(|group| group != name),
        }
    }
    groups
}

/// Reads `ISSUER|SUBJECT`; the first `|` ends the issuer, as in quarantine.toml.
fn parse_user(text: &str) -> Result<User, String> {
    match text.split_once('|') {
        Some((issuer, subject)) if !issuer.is_empty() && !subject.is_empty() => {
            Ok(User { issuer: issuer.to_owned(), subject: subject.to_owned() })
        }
        _ => Err("write `ISSUER|SUBJECT`, such as `https://idp.example.com|alice`".to_owned()),
    }
}

/// Accepts any JSON object; faults inside it are for the gateway's own code to refuse.
fn parse_arguments(text: &str) -> Result<String, String> {
    match Arguments::parse(Some(text)) {
        Err(error @ (ArgumentsError::Malformed | ArgumentsError::NotAnObject)) => Err(error.to_string()),
        _ => Ok(text.to_owned()),
    }
}

/// Reads a JSON object.
fn parse_claims(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| {
        "write a JSON object, such as `{\"groups\": [\"support\"]}`: the decoded middle part of a token".to_owned()
    })
}

fn parse_instant(text: &str) -> Result<u64, String> {
    audit::time::parse_rfc3339(text).ok_or_else(|| "write a time such as `2026-11-20T12:00:00Z`".to_owned())
}

fn parse_country(text: &str) -> Result<String, String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { Ok(text.to_owned()) } else { Err("write two capital letters, such as `CH`".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_is_split_at_first_bar() {
        let user = parse_user("https://idp.example.com|auth0|1").expect("it is a user");
        assert_eq!((user.issuer.as_str(), user.subject.as_str()), ("https://idp.example.com", "auth0|1"));
        for text in ["alice", "|alice", "https://idp.example.com|", ""] {
            assert!(parse_user(text).is_err(), "`{text}` should be no user");
        }
    }

    #[test]
    fn membership_is_gained_or_lost_by_its_sign() {
        assert_eq!(parse_membership("leads"), Ok(Membership::Gained("leads".to_owned())));
        assert_eq!(parse_membership("+leads"), Ok(Membership::Gained("leads".to_owned())));
        assert_eq!(parse_membership("-leads"), Ok(Membership::Lost("leads".to_owned())));
        assert_eq!(parse_membership("+-leads"), Ok(Membership::Gained("-leads".to_owned())));
        for text in ["", "+", "-", "--format"] {
            assert!(parse_membership(text).is_err(), "`{text}` should be no membership");
        }
    }

    #[test]
    fn groups_change_once_and_keep_their_order() {
        let text = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let memberships = [
            Membership::Gained("leads".to_owned()),
            Membership::Gained("support".to_owned()),
            Membership::Lost("sales".to_owned()),
        ];
        assert_eq!(changed(&text(&["support", "sales"]), &memberships), text(&["support", "leads"]));
    }

    #[test]
    fn faulty_object_is_accepted_as_arguments() {
        assert!(parse_arguments(r#"{"a":1,"a":2}"#).is_ok(), "the gateway's answer should be shown");
        assert!(parse_arguments("[1]").is_err() && parse_arguments("{a:1}").is_err());
    }
}
