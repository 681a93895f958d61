//! Answers one question from one registry, in the gateway's order of checks.

use policy::{Circumstances, Declaration, Kind, Principal, PrincipalKind};
use registry::assignment::decisive;
use registry::fault::did_you_mean;
use registry::resource::{self, Mismatch};
use registry::rule::place_of;
use registry::snapshot::{GroupAssignment, VirtualServer};
use registry::verdict::{Frozen, NO_VIRTUAL_SERVER, QUARANTINED_CALLER, UNKNOWN_VIRTUAL_SERVER, unknown};

use super::answer::{Answer, Caller, Choice, Effect, ExposedAnswer, Refusal, Ruling, SourceLine};
use super::choice;
use super::mapping::Mapping;
use super::policies::Policies;
use super::question::{Action, Question};
use super::source::Source;
use super::verdicts::{CallerFacts, ExposedVerdict};
use crate::failure::Failure;

/// Answers `question` for a member of `groups`; `at` is Unix milliseconds.
pub fn answer(
    source: &Source,
    question: &Question,
    mapping: Option<&Mapping>,
    groups: &[String],
    at: u64,
) -> Result<Answer, Failure> {
    let assignments = source.assignments(groups)?;
    let deciding = |speaks: fn(&GroupAssignment) -> bool| {
        let found = decisive(assignments.iter().map(|(group, assignment)| (*group, assignment)), speaks);
        found.map(|(group, assignment)| (group, assignment.clone()))
    };
    let team = choice::charged_team(source, question, mapping, deciding(|assignment| assignment.team.is_some()));
    let choice = choice::virtual_server(source, question, deciding(|assignment| assignment.virtual_server.is_some()));
    let server = match &choice {
        Some(choice) => source.virtual_server(&choice.name)?,
        None => None,
    };
    let user = question.user.as_ref();
    let service = question.service.as_deref();
    // Without a user the subject is empty, which no rule about a user matches: no issuer has an empty subject.
    let mut issuers = source.gateway().issuers.iter();
    let trusted = issuers.find(|issuer| mapping.is_none_or(|mapping| mapping.issuer == issuer.name));
    let trusted = trusted.map(|issuer| issuer.issuer.as_str());
    let of_service = service.map(|_| source.gateway().url.as_str());
    let issuer = user.map(|user| user.issuer.as_str()).or(of_service).or(trusted);
    let inquiry = Inquiry {
        source,
        question,
        mapping,
        named: question.virtual_server.is_some(),
        caller: CallerFacts {
            source,
            principal: Principal {
                kind: if service.is_some() { PrincipalKind::Service } else { PrincipalKind::User },
                groups,
                team: team.as_ref().map(|charged| charged.team.name.as_str()),
                project: team.as_ref().and_then(|charged| charged.project.as_deref()),
                ..Principal::of(
                    issuer.unwrap_or_default(),
                    user.map(|user| user.subject.as_str()).or(service).unwrap_or_default(),
                    question.agent().unwrap_or_default(),
                )
            },
            circumstances: Circumstances {
                now_seconds: at / 1_000,
                address: question.address,
                country: question.country.as_deref(),
            },
            policies: Policies::new(source),
        },
    };
    let verdicts = inquiry.verdicts(server.as_ref());
    let refusal = inquiry
        .caller_refusal()
        .or_else(|| inquiry.virtual_server_refusal(choice.as_ref(), server.as_ref(), &verdicts));
    let visible = |item: &&ExposedVerdict<'_>| refusal.is_none() && item.is_listed();
    let hidden = Kind::ALL.map(|kind| {
        let hidden = verdicts.iter().filter(|item| item.exposed.declaration.kind == kind && !visible(item));
        hidden.map(|item| item.exposed.declaration.name.clone()).collect()
    });
    let [tools, resources, prompts] =
        Kind::ALL.map(|kind| inquiry.of_kind(kind, server.as_ref(), &verdicts, refusal.as_ref()));
    let [hidden, hidden_resources, hidden_prompts] = hidden;
    let answer = Answer {
        source: source.description(),
        caller: Caller {
            user: question.user.as_ref().map(super::question::User::key),
            agent: question.agent().map(str::to_owned),
            service: question.service.clone(),
            groups: groups.to_vec(),
            at: audit::time::rfc3339(at),
            address: question.address,
            country: question.country.clone(),
        },
        mapping: mapping.cloned(),
        hidden,
        hidden_resources,
        hidden_prompts,
        tools,
        resources,
        prompts,
        notes: inquiry.notes(groups),
        virtual_server: choice,
        team: team.clone(),
        refusal,
    };
    match inquiry.caller.policies.disagreement() {
        None => Ok(answer),
        Some(words) => Err(Failure::Disagreement(words)),
    }
}

/// One question to one registry.
struct Inquiry<'a> {
    source: &'a Source,
    question: &'a Question,
    mapping: Option<&'a Mapping>,
    /// True if the question names the virtual server, as `/mcp/NAME` does.
    named: bool,
    caller: CallerFacts<'a>,
}

impl<'a> Inquiry<'a> {
    /// The verdicts on everything that the virtual server exposes.
    fn verdicts<'s>(&self, server: Option<&'s VirtualServer>) -> Vec<ExposedVerdict<'s>> {
        let exposed = server.into_iter().flat_map(|server| server.exposed().map(move |exposed| (server, exposed)));
        exposed.map(|(server, exposed)| self.caller.verdict(server, exposed, None)).collect()
    }

    /// The refusal of the caller: no token is issued, or every token is refused.
    fn caller_refusal(&self) -> Option<Refusal> {
        let gateway = self.source.gateway();
        let refusal = |reason, because| Some(Refusal { reason, because });
        if let Some(refusal) = self.mapping.and_then(|mapping| mapping.refusal.clone()) {
            return Some(refusal);
        }
        if let Some(service) = &self.question.service
            && self.source.service(self.question).is_none()
        {
            let services = gateway.clients.iter().filter(|client| client.service.is_some());
            let because = format!("`{service}` is no service, so it gets no token of its own");
            let because = helped(because, service, services.map(|client| client.id.as_str()));
            return refusal("client_no_service", because);
        }
        if let Some(agent) = &self.question.agent
            && !gateway.admits_client(agent)
        {
            let reason = oauth::client_authentication::ClientAuthenticationError::Refused.reason();
            let known = gateway.clients.iter().map(|client| client.id.as_str());
            return refusal(
                reason,
                helped(format!("`{agent}` is no registered client, so it can't sign in"), agent, known),
            );
        }
        if let Some(user) = &self.question.user
            && !gateway.issuers.iter().any(|issuer| issuer.issuer == user.issuer)
        {
            let known = gateway.issuers.iter().map(|issuer| issuer.issuer.as_str());
            let because = format!("`{}` is no trusted issuer, so its users can't sign in", user.issuer);
            return refusal(oauth::id_jag::IdJagError::WrongIssuer.reason(), helped(because, &user.issuer, known));
        }
        let of_service = || self.question.service.as_ref().map(|service| format!("{}|{service}", gateway.url));
        let user = self.question.user.as_ref().map(super::question::User::key).or_else(of_service).unwrap_or_default();
        let agent = self.question.agent().unwrap_or_default();
        let frozen = self.source.quarantine().frozen_caller(&user, agent)?;
        let written = self.source.documents().map(|documents| &documents.quarantine);
        let (kind, name, place) = match frozen {
            Frozen::User => ("user", user.as_str(), written.and_then(|written| place_of(&written.principals, &user))),
            _ => ("agent", agent, written.and_then(|written| place_of(&written.agents, agent))),
        };
        refusal(QUARANTINED_CALLER, format!("the {kind} `{name}` is quarantined{}", SourceLine::from(place)))
    }

    /// The refusal for lack of a virtual server.
    fn virtual_server_refusal(
        &self,
        choice: Option<&Choice>,
        server: Option<&VirtualServer>,
        verdicts: &[ExposedVerdict<'_>],
    ) -> Option<Refusal> {
        let because = match (choice, server) {
            (None, _) => "none of the caller's groups has a virtual server".to_owned(),
            (Some(choice), None) => {
                let documents = self.source.documents();
                let known = documents.into_iter().flat_map(|documents| documents.virtual_servers.keys());
                helped(format!("there is no virtual server `{}`", choice.name), &choice.name, known.map(String::as_str))
            }
            (Some(_), Some(_)) if verdicts.iter().all(ExposedVerdict::is_hidden) => {
                "the caller may list nothing of it, so it is hidden as a whole".to_owned()
            }
            _ => return None,
        };
        Some(Refusal { reason: self.no_server(), because })
    }

    const fn no_server(&self) -> &'static str {
        if self.named { UNKNOWN_VIRTUAL_SERVER } else { NO_VIRTUAL_SERVER }
    }

    /// The answers about one kind: everything of it, or the one asked about.
    fn of_kind(
        &self,
        kind: Kind,
        server: Option<&VirtualServer>,
        verdicts: &[ExposedVerdict<'_>],
        refusal: Option<&Refusal>,
    ) -> Vec<ExposedAnswer> {
        if !self.question.asks_about(kind) {
            return Vec::new();
        }
        let mut of_kind = verdicts.iter().filter(|item| item.exposed.declaration.kind == kind);
        let Some((_, one)) = self.question.one() else {
            return of_kind.map(|item| self.answer(item, None, refusal)).collect();
        };
        let name = |item: &&ExposedVerdict<'_>| item.exposed.declaration.name.clone();
        let found = match kind {
            Kind::Resource => of_kind
                .filter(|item| matches(&name(item), one))
                .max_by_key(|item| (!resource::is_prefix(&name(item)), name(item).len())),
            _ => of_kind.find(|item| name(item) == one),
        };
        let answer = match found {
            // Of a template, the expansion is decided.
            Some(item) if kind == Kind::Resource && !one.contains('{') => {
                let item = self.caller.verdict(item.server, item.exposed, Some(one));
                self.answer(&item, Some(one), refusal)
            }
            Some(item) => self.answer(item, None, refusal),
            None => self.unknown(kind, one, server, refusal),
        };
        vec![answer]
    }

    fn answer(&self, item: &ExposedVerdict<'_>, uri: Option<&str>, refusal: Option<&Refusal>) -> ExposedAnswer {
        let Declaration { kind, name, origin, .. } = &item.exposed.declaration;
        // A refused caller never reaches policy. For a virtual server that is hidden, its tools give the reason.
        let overall = refusal.filter(|_| self.caller_refusal().is_some());
        let overall = overall.map(|refusal| refused(refusal.reason, refusal.because.clone()));
        let called = item.server.origins.get(origin);
        // Such a credential needs a user, and a service has none.
        let lacks_user = self.question.service.is_some()
            && called.is_some_and(|called| called.credential.needs_user() && !called.credential.servers().is_empty());
        let lacks_grant =
            self.question.service.is_some() && called.is_some_and(|called| called.credential.vault().is_some());
        let using = || {
            let mut ruling = self.caller.using(item, self.question.arguments.as_deref());
            if lacks_grant && ruling.effect != Effect::Refusal {
                let because = format!("its origin `{origin}` wants a grant of a user, and a service can give none");
                return refused("origin_grant_needed", because);
            }
            if lacks_user && ruling.effect != Effect::Refusal {
                let because = format!("its origin `{origin}` wants a token about a user, and a service has none");
                return refused("origin_needs_user", because);
            }
            if ruling.reason == Some(unknown(*kind)) && refusal.is_some() {
                ruling.reason = Some(self.no_server());
            }
            ruling
        };
        let place =
            self.source.documents().and_then(|documents| documents.place_of_listed(&item.server.name, *kind, name));
        let asks = |action| self.question.asks(action);
        ExposedAnswer {
            kind: *kind,
            name: name.clone(),
            uri: uri.map(ToOwned::to_owned),
            origin: Some(origin.clone()),
            place: place.into(),
            list: asks(Action::List).then(|| overall.clone().unwrap_or_else(|| self.caller.listing(item))),
            using: asks(Action::using(*kind)).then(|| overall.clone().unwrap_or_else(using)),
            may_ask: called.map_or_else(Vec::new, |origin| origin.may_ask.iter().map(|one| one.as_str()).collect()),
            credential: called.map(|origin| origin.credential.kind()),
            has_token: called.is_some_and(|origin| !origin.credential.requested_urls().is_empty()),
        }
    }

    fn unknown(
        &self,
        kind: Kind,
        name: &str,
        server: Option<&VirtualServer>,
        refusal: Option<&Refusal>,
    ) -> ExposedAnswer {
        let ruling = || match (refusal, server) {
            (Some(refusal), _) => refused(refusal.reason, refusal.because.clone()),
            (None, server) => {
                let known = server.into_iter().flat_map(VirtualServer::exposed).map(|exposed| &exposed.declaration);
                let known = known.filter(|declared| declared.kind == kind).map(|declared| declared.name.as_str());
                let known: Vec<&str> = known.collect();
                let because = format!("the virtual server has no {} `{name}`", kind.as_str());
                let because = match known.iter().find_map(|pattern| resembles(kind, pattern, name)) {
                    Some(resemblance) => format!("{because}: {resemblance}"),
                    None => helped(because, name, known),
                };
                refused(unknown(kind), because)
            }
        };
        ExposedAnswer {
            kind,
            name: name.to_owned(),
            uri: (kind == Kind::Resource).then(|| name.to_owned()),
            origin: None,
            place: SourceLine::default(),
            list: self.question.asks(Action::List).then(ruling),
            using: self.question.asks(Action::using(kind)).then(ruling),
            may_ask: Vec::new(),
            credential: None,
            has_token: false,
        }
    }

    /// Assumptions and likely mistakes.
    fn notes(&self, groups: &[String]) -> Vec<String> {
        let mut notes = Vec::new();
        if self.question.user.is_none() && self.question.service.is_none() {
            notes.push("without --user, rules see a user without a name".to_owned());
        }
        if self.question.agent().is_none() {
            notes.push("without --agent, rules see none of the registered clients".to_owned());
        }
        if let Some(documents) = self.source.documents() {
            let known = || documents.gateway.groups.iter().map(|group| group.name.value.as_str());
            for group in groups.iter().filter(|group| !known().any(|known| known == *group)) {
                notes.push(helped(format!("`{group}` is no group of gateway.toml"), group, known()));
            }
        }
        if let (Some(documents), Some(team)) = (self.source.documents(), &self.question.team) {
            let of_groups = documents.gateway.groups.iter().filter_map(|group| group.team.as_ref());
            let of_servers = documents.virtual_servers.values().filter_map(|server| server.team.as_ref());
            let known = || of_groups.clone().chain(of_servers.clone()).map(|team| team.value.as_str());
            if !known().any(|known| known == team) {
                notes.push(helped(format!("`{team}` is no team of gateway.toml"), team, known()));
            }
        }
        notes
    }
}

/// True if a pattern matches a URI, or the URIs of a template.
fn matches(pattern: &str, uri: &str) -> bool {
    resource::matches(pattern, uri) || (uri.contains('{') && resource::covers_template(pattern, uri))
}

/// The reason why a pattern that a URI or template begins like doesn't match it, and lists omit it.
fn resembles(kind: Kind, pattern: &str, uri: &str) -> Option<String> {
    let is_template = uri.contains('{');
    let mismatch = match is_template {
        true => resource::template_mismatch(pattern, uri)?,
        false => resource::mismatch(pattern, uri)?,
    };
    if kind != Kind::Resource || mismatch == Mismatch::Other {
        return None;
    }
    let (subject, help) = match is_template {
        true => ("a URI of this template", "a template whose URIs have none can be listed"),
        false => ("it", "list this URI itself"),
    };
    Some(format!("`{pattern}` doesn't match it, because {subject} has {mismatch}; {help}"))
}

/// A refusal without rules.
fn refused(reason: &'static str, because: String) -> Ruling {
    Ruling { effect: Effect::Refusal, reason: Some(reason), detail: None, because, rules: Vec::new() }
}

/// `message`, with the most similar known name if there is one.
fn helped<'k>(message: String, written: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    match did_you_mean(written, known) {
        Some(help) => format!("{message}; {help}"),
        None => message,
    }
}
