//! Verdict: the result for a caller about one tool, resource or prompt, from these checks in this order.
//!
//! | check | list | call, read, get |
//! |---|---|---|
//! | the caller may list it | no: hidden | no: hidden, like an unknown name |
//! | it or its origin is frozen | yes: omitted | yes: refused |
//! | the arguments can be read | | no: refused |
//! | the caller may use it with these arguments | | no: refused |
//!
//! A frozen user or agent is refused before these checks ([`Quarantine::frozen_caller`]).

use policy::{Action, Arguments, ArgumentsError, Decision, Declaration, Kind, RefusalReason};

use crate::resource;
use crate::snapshot::{NotBefore, Quarantine};

/// The part of a call that is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frozen {
    /// The user.
    User,
    /// The agent.
    Agent,
    /// The tool, resource or prompt itself.
    Itself,
    /// Its origin.
    Origin,
}

impl Quarantine {
    /// Checks a caller: `user` is `ISSUER|SUBJECT`, `agent` is the OAuth client id. `None` if neither is frozen.
    #[must_use]
    pub fn frozen_caller(&self, user: &str, agent: &str) -> Option<Frozen> {
        let has = |names: &[String], name: &str| names.iter().any(|frozen| frozen == name);
        let user = has(&self.principals, user).then_some(Frozen::User);
        user.or_else(|| has(&self.agents, agent).then_some(Frozen::Agent))
    }

    /// The key of an entry in [`Self::until`]: the list's name, `/`, the entry.
    #[must_use]
    pub fn entry(list: &str, name: &str) -> String {
        format!("{list}/{name}")
    }

    /// True if a token or sign-in of this user and agent no longer counts. `issued_at` is in Unix seconds; `user` is
    /// `ISSUER|SUBJECT`.
    #[must_use]
    pub fn signed_out(&self, user: &str, agent: &str, issued_at: u64) -> bool {
        let is = |named: &Option<String>, name: &str| named.as_deref().is_none_or(|named| named == name);
        self.not_before
            .iter()
            .any(|ended| issued_at < ended.instant && is(&ended.user, user) && is(&ended.agent, agent))
    }

    /// The Unix second from which this user's grants count: the latest `[[not_before]]` for the user or for everybody
    /// that names no agent; 0 if there is none.
    #[must_use]
    pub fn not_before_of(&self, user: &str) -> u64 {
        let is_of =
            |ended: &&NotBefore| ended.agent.is_none() && ended.user.as_deref().is_none_or(|named| named == user);
        self.not_before.iter().filter(is_of).map(|ended| ended.instant).max().unwrap_or(0)
    }

    /// True if an entry has ended at `now`, Unix seconds.
    #[must_use]
    pub fn has_ended_entries(&self, now: u64) -> bool {
        self.until.values().any(|&end| end <= now)
    }

    /// The lists of frozen things, each with the word for its entries and its name in the record.
    #[must_use]
    pub fn lists(&self) -> [(&'static str, &'static str, &[String]); 6] {
        // Taken apart, so that no new list is forgotten.
        let Self { principals, agents, origins, tools, resources, prompts, until: _, not_before: _ } = self;
        [
            ("user", "principals", principals),
            ("agent", "agents", agents),
            ("origin", "origins", origins),
            ("tool", "tools", tools),
            ("resource", "resources", resources),
            ("prompt", "prompts", prompts),
        ]
    }

    /// The quarantine without the entries that have ended at `now`, Unix seconds.
    #[must_use]
    pub fn without_ended(&self, now: u64) -> Self {
        let mut left = self.clone();
        for (list, names) in [
            ("principals", &mut left.principals),
            ("agents", &mut left.agents),
            ("origins", &mut left.origins),
            ("tools", &mut left.tools),
            ("resources", &mut left.resources),
            ("prompts", &mut left.prompts),
        ] {
            names.retain(|name| self.until.get(&Self::entry(list, name)).is_none_or(|&end| end > now));
        }
        left.until.retain(|_, end| *end > now);
        left
    }

    /// Checks a tool, a prompt, or the resource `uri`. Without `uri`, a resource pattern is frozen if all its URIs are.
    #[must_use]
    pub fn frozen(&self, declaration: &Declaration, uri: Option<&str>) -> Option<Frozen> {
        let itself = match declaration.kind {
            Kind::Tool => self.tools.contains(&declaration.name),
            Kind::Prompt => self.prompts.contains(&declaration.name),
            Kind::Resource => {
                let uri = uri.unwrap_or(&declaration.name);
                self.resources.iter().any(|pattern| resource::begins_like(pattern, uri))
            }
        };
        let origin = || self.origins.contains(&declaration.origin).then_some(Frozen::Origin);
        itself.then_some(Frozen::Itself).or_else(origin)
    }
}

/// The result for a caller about one tool, resource or prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The caller may list or use it.
    Permit {
        /// The ids of the rules that permit.
        rules: Vec<String>,
    },
    /// The caller may not list it; it is answered like an unknown name.
    Hidden {
        /// The ids of the rules that refuse the list.
        rules: Vec<String>,
        /// The reason why listing is refused.
        reason: RefusalReason,
    },
    /// It or its origin is quarantined.
    Frozen(Frozen),
    /// The arguments can't be read, so policy can't decide.
    UnreadableArguments(ArgumentsError),
    /// Policy refuses the call, the read or the get.
    Refused {
        /// The ids of the rules that refuse.
        rules: Vec<String>,
        /// The reason; [`RefusalReason::InvalidRequest`] if the arguments don't fit the declaration.
        reason: RefusalReason,
    },
}

impl Verdict {
    /// True for [`Self::Permit`].
    #[must_use]
    pub const fn permits(&self) -> bool {
        matches!(self, Self::Permit { .. })
    }

    /// The stable code in audit events for a refused call, read or get; `None` for a permit. If everything of a virtual
    /// server is hidden from a caller, the gateway uses [`UNKNOWN_VIRTUAL_SERVER`] instead.
    #[must_use]
    pub const fn reason(&self, kind: Kind) -> Option<&'static str> {
        match self {
            Self::Permit { .. } => None,
            Self::Hidden { .. } => Some(unknown(kind)),
            Self::Frozen(_) => Some(quarantined(kind)),
            Self::UnreadableArguments(_) | Self::Refused { reason: RefusalReason::InvalidRequest, .. } => {
                Some(INVALID_ARGUMENTS)
            }
            Self::Refused { .. } => Some(POLICY_REFUSED),
        }
    }
}

/// The code for an unknown or hidden tool, resource or prompt.
#[must_use]
pub const fn unknown(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "unknown_tool",
        Kind::Resource => "unknown_resource",
        Kind::Prompt => "unknown_prompt",
    }
}

/// The code for a tool, resource or prompt that is frozen or belongs to a frozen origin.
#[must_use]
pub const fn quarantined(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "quarantined_tool",
        Kind::Resource => "quarantined_resource",
        Kind::Prompt => "quarantined_prompt",
    }
}

/// The code for a frozen user or agent.
pub const QUARANTINED_CALLER: &str = "quarantined_caller";
/// The code for arguments that don't fit the declaration.
pub const INVALID_ARGUMENTS: &str = "invalid_arguments";
/// The code for a call that policy refuses.
pub const POLICY_REFUSED: &str = "policy_refused";
/// The code for a caller without a virtual server at `/mcp`.
pub const NO_VIRTUAL_SERVER: &str = "no_virtual_server";
/// The code for an unknown or hidden virtual server at `/mcp/NAME`.
pub const UNKNOWN_VIRTUAL_SERVER: &str = "unknown_virtual_server";

/// Decides if the caller sees it in a list.
///
/// `decide` evaluates policy; `frozen` is the result of [`Quarantine::frozen`].
pub fn list(decide: impl FnOnce(Action, Option<&Arguments<'_>>) -> Decision, frozen: Option<Frozen>) -> Verdict {
    match (decide(Action::List, None), frozen) {
        (Decision::Refusal { rules, reason }, _) => Verdict::Hidden { rules, reason },
        (Decision::Permit { .. }, Some(frozen)) => Verdict::Frozen(frozen),
        (Decision::Permit { rules }, None) => Verdict::Permit { rules },
    }
}

/// Decides if the caller may use it with `arguments`: the JSON text of `params.arguments`, or `{"uri": …}` for a
/// resource.
///
/// `decide` evaluates policy; `frozen` is the result of [`Quarantine::frozen`].
pub fn call(
    decide: impl Fn(Action, Option<&Arguments<'_>>) -> Decision,
    frozen: Option<Frozen>,
    arguments: Option<&str>,
) -> Verdict {
    let seen = list(&decide, frozen);
    if !seen.permits() {
        return seen;
    }
    let arguments = match Arguments::parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return Verdict::UnreadableArguments(error),
    };
    match decide(Action::Call, Some(&arguments)) {
        Decision::Permit { rules } => Verdict::Permit { rules },
        Decision::Refusal { rules, reason } => Verdict::Refused { rules, reason },
    }
}

#[cfg(test)]
mod tests {
    use policy::Kind;

    use super::*;

    fn permit() -> Decision {
        Decision::Permit { rules: vec!["p".to_owned()] }
    }

    fn refusal() -> Decision {
        Decision::Refusal { rules: Vec::new(), reason: RefusalReason::NothingPermits }
    }

    #[test]
    fn call_is_checked_in_documented_order() {
        let ask = |list: fn() -> Decision, call: fn() -> Decision, frozen, arguments| {
            super::call(|action, _| if action == Action::List { list() } else { call() }, frozen, Some(arguments))
        };
        let hidden = Verdict::Hidden { rules: Vec::new(), reason: RefusalReason::NothingPermits };
        let frozen = Some(Frozen::Itself);
        assert_eq!(ask(refusal, permit, frozen, "[]"), hidden, "a hidden item should have no other reason");
        assert_eq!(ask(permit, permit, frozen, "[]"), Verdict::Frozen(Frozen::Itself), "before the arguments are read");
        assert_eq!(ask(permit, permit, None, "[]"), Verdict::UnreadableArguments(ArgumentsError::NotAnObject));
        let refused = Verdict::Refused { rules: Vec::new(), reason: RefusalReason::NothingPermits };
        assert_eq!(ask(permit, refusal, None, "{}"), refused);
        assert_eq!(ask(permit, permit, None, "{}"), Verdict::Permit { rules: vec!["p".to_owned()] });
    }

    #[test]
    fn list_omits_hidden_and_frozen_tools() {
        assert!(list(|_, _| permit(), None).permits());
        assert_eq!(list(|_, _| permit(), Some(Frozen::Origin)), Verdict::Frozen(Frozen::Origin));
        assert!(matches!(list(|_, _| refusal(), Some(Frozen::Origin)), Verdict::Hidden { .. }));
    }

    #[test]
    fn ended_entry_freezes_no_more() {
        let lists = ["principals", "agents", "origins", "tools", "resources", "prompts"];
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let both = names(["forever", "for a while"]);
        let quarantine = Quarantine {
            principals: both.clone(),
            agents: both.clone(),
            origins: both.clone(),
            tools: both.clone(),
            resources: both.clone(),
            prompts: both,
            until: lists.map(|list| (Quarantine::entry(list, "for a while"), 100)).into(),
            not_before: Vec::new(),
        };
        assert!(!quarantine.has_ended_entries(99));
        assert_eq!(quarantine.without_ended(99), quarantine);
        assert!(quarantine.has_ended_entries(100));
        let left = quarantine.without_ended(100);
        for names in [left.principals, left.agents, left.origins, left.tools, left.resources, left.prompts] {
            assert_eq!(names, ["forever"]);
        }
        assert!(left.until.is_empty());
    }

    #[test]
    fn older_token_is_signed_out() {
        let ended = |user: Option<&str>, agent: Option<&str>| Quarantine {
            not_before: vec![NotBefore {
                user: user.map(str::to_owned),
                agent: agent.map(str::to_owned),
                instant: 100,
            }],
            ..Quarantine::default()
        };
        for (quarantine, expected) in [
            (ended(Some("carol"), None), [true, true, false, false]),
            (ended(None, Some("cursor")), [true, false, true, false]),
            (ended(Some("carol"), Some("cursor")), [true, false, false, false]),
            (Quarantine::default(), [false; 4]),
        ] {
            let callers = [("carol", "cursor"), ("carol", "claude-code"), ("bob", "cursor"), ("bob", "claude-code")];
            assert_eq!(callers.map(|(user, agent)| quarantine.signed_out(user, agent, 99)), expected);
            assert_eq!(
                callers.map(|(user, agent)| quarantine.signed_out(user, agent, 100)),
                [false; 4],
                "of that second"
            );
        }
    }

    #[test]
    fn instant_of_user_is_latest_through_any_agent() {
        let ended = |user: Option<&str>, agent: Option<&str>, instant| NotBefore {
            user: user.map(str::to_owned),
            agent: agent.map(str::to_owned),
            instant,
        };
        let not_before = vec![
            ended(Some("carol"), None, 100),
            ended(Some("carol"), None, 90),
            ended(Some("carol"), Some("cursor"), 200),
            ended(None, Some("cursor"), 300),
            ended(Some("dave"), None, 400),
        ];
        let mut quarantine = Quarantine { not_before, ..Quarantine::default() };
        assert_eq!((quarantine.not_before_of("carol"), quarantine.not_before_of("bob")), (100, 0));
        quarantine.not_before.push(ended(None, None, 150));
        assert_eq!((quarantine.not_before_of("carol"), quarantine.not_before_of("bob")), (150, 150));
    }

    #[test]
    fn quarantine_freezes_by_exact_names() {
        let one = |name: &str| vec![name.to_owned()];
        let quarantine = Quarantine {
            principals: one("https://idp.example.com|carol"),
            agents: one("claude-code"),
            origins: one("documents"),
            tools: one("open_ticket"),
            resources: vec!["handbook://secret/*".to_owned(), "handbook://index".to_owned()],
            prompts: one("summarise"),
            ..Quarantine::default()
        };
        assert_eq!(quarantine.frozen_caller("https://idp.example.com|carol", "claude-code"), Some(Frozen::User));
        assert_eq!(quarantine.frozen_caller("https://idp.example.com|bob", "claude-code"), Some(Frozen::Agent));
        assert_eq!(quarantine.frozen_caller("https://idp.example.com|bob", "cursor"), None);
        let declared = |kind: Kind, name: &str, origin: &str| Declaration {
            kind,
            name: name.to_owned(),
            origin: origin.to_owned(),
            origin_name: "x".to_owned(),
            arguments: Default::default(),
            data_classes: Vec::new(),
            risk: "low".to_owned(),
            read_only: None,
            destructive: None,
            idempotent: None,
        };
        let frozen = |kind, name, origin| quarantine.frozen(&declared(kind, name, origin), None);
        assert_eq!(frozen(Kind::Tool, "open_ticket", "tickets"), Some(Frozen::Itself));
        assert_eq!(frozen(Kind::Prompt, "summarise", "tickets"), Some(Frozen::Itself));
        for kind in Kind::ALL {
            assert_eq!(frozen(kind, "x://search", "documents"), Some(Frozen::Origin));
            assert_eq!(frozen(kind, "documents", "tickets"), None, "an origin's name is no other's");
        }
        assert_eq!(frozen(Kind::Tool, "summarise", "tickets"), None, "a prompt's name is no tool's");
        let handbook = declared(Kind::Resource, "handbook://*", "tickets");
        for (uri, expected) in [
            ("handbook://secret/keys", Some(Frozen::Itself)),
            ("handbook://secret/../secret/keys", Some(Frozen::Itself)),
            ("handbook://index", Some(Frozen::Itself)),
            ("handbook://index/2", None),
            ("handbook://secrets", None),
        ] {
            assert_eq!(quarantine.frozen(&handbook, Some(uri)), expected, "{uri}");
        }
        assert_eq!(quarantine.frozen(&handbook, None), None, "most of it can be read");
        let secret = declared(Kind::Resource, "handbook://secret/eu/*", "tickets");
        assert_eq!(quarantine.frozen(&secret, None), Some(Frozen::Itself), "all of it is frozen");
    }
}
