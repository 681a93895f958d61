//! *audit*: every outcome becomes an event. A [`Record`] is opened before the line and closed after it, whatever
//! happened.
//!
//! A call to an origin with `two_phase` audit is announced before it is forwarded (see `announce`).
//!
//! Refusals of anonymous callers are counted per reason and minute instead (see [`RefusalCounts`]), so that nobody
//! can fill the queue without a token.

pub(super) mod acceptance;
mod refusals;

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use audit::cost;
use audit::event::{self, Agent, AuditEvent, Decision, Effect, Latency, Outcome, Session, Status, User};
use audit::redaction::{self, RedactedArguments};
use audit::trace::TraceParent;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, StatusCode};
use json::RawJson;
use mcp::completion::Reference;
use policy::Kind;
use registry::price::Price;

use crate::endpoints::Resource;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::records::Live;
use crate::line::authenticate::Authenticated;
use crate::line::authorize::Authorized;
use crate::line::parse::{Message, Sighting, Target};
use crate::line::receive;
use crate::line::resolve::Resolved;
use crate::outcome::Summary;
use crate::outcome::{Defective, Unavailable};
use crate::principal::Principal;
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host, Timestamp};

pub(crate) use refusals::{count, flush};

/// What is known of a request so far.
pub(crate) struct Record {
    arrived: Timestamp,
    event: AuditEvent,
    /// The web origin of the page that asks, listed or not.
    browser: Option<HeaderValue>,
    live: Option<Live>,
    resource: Option<Resource>,
    pub(crate) sighting: Sighting,
    arguments: Option<RawJson>,
    server: Option<Rc<VirtualServer>>,
    /// What the message names, by its index in the virtual server.
    named: Option<usize>,
    called: Option<usize>,
    origin_began: Option<Timestamp>,
    origin_ended: Option<Timestamp>,
    /// How long the call has waited for its intent to be accepted.
    waited_for_sink: Duration,
    is_public: bool,
    has_passed: bool,
}

impl Record {
    /// Opens the record of a request that has just come in.
    pub(crate) fn open<H: Host>(gateway: &Gateway<H>, request: &Request<Bytes>) -> Result<Self, Fault> {
        let arrived = gateway.host.clock().now();
        // Until something is known, a record that is closed early tells of a client that left.
        let outcome = Outcome::because(Status::ClientGone, "client_gone");
        let mut event = AuditEvent::call(arrived.millis(), identifier::bytes(&gateway.host)?, outcome);
        event.request_bytes = request.body().len() as u64;
        Ok(Self {
            arrived,
            event,
            browser: request.headers().get(header::ORIGIN).cloned(),
            live: None,
            resource: None,
            sighting: Sighting::default(),
            arguments: None,
            server: None,
            named: None,
            called: None,
            origin_began: None,
            origin_ended: None,
            waited_for_sink: Duration::ZERO,
            is_public: false,
            has_passed: false,
        })
    }

    /// The id under which the ledger will know this request; errors carry it, so that people can ask about them.
    pub(crate) fn event_id(&self) -> &str {
        self.event.id.as_str()
    }

    /// Whether it is no event but one of many that are counted: nobody is known to have called, and no limit has let it
    /// pass.
    pub(crate) const fn is_counted(&self) -> bool {
        self.event.agent.is_none() || (self.is_public && !self.has_passed)
    }

    /// Notes an OAuth client that has authenticated; for whom it acts isn't known yet.
    pub(crate) fn agent(&mut self, client_id: &str) {
        self.event.agent = Some(Agent { client_id: client_id.to_owned(), name: None, version: None });
    }

    /// Notes the registry that the request is judged by.
    pub(crate) fn live(&mut self, live: &Live) {
        self.live = Some(live.clone());
    }

    /// Notes what is asked for.
    pub(crate) fn resource(&mut self, resource: &Resource) {
        self.resource = Some(resource.clone());
    }

    /// Where a client learns how to get a token for what it asked for.
    pub(crate) fn metadata_url(&self) -> Option<String> {
        let (live, resource) = (self.live.as_ref()?, self.resource.as_ref()?);
        Some(resource.protected().metadata_url(&live.gateway.url))
    }

    /// The web origin whose pages may read the answer, if that is where the request comes from.
    pub(crate) fn listed_browser(&self) -> Option<HeaderValue> {
        let (live, browser) = (self.live.as_ref()?, self.browser.as_ref()?);
        receive::is_listed(browser, live).then(|| browser.clone())
    }

    pub(crate) fn operation(&mut self, name: &str) {
        self.event.method = Some(name.to_owned());
    }

    pub(crate) fn caller(&mut self, principal: Rc<Principal>) {
        self.is_public = principal.is_anonymous();
        let claims = principal.claims();
        self.event.user = Some(User { issuer: claims.identity_provider.clone(), subject: claims.subject.clone() });
        self.event.agent = Some(Agent { client_id: claims.client_id.clone(), name: None, version: None });
        self.event.groups.clone_from(&claims.groups);
        self.event.team.clone_from(&claims.team);
        self.event.project.clone_from(&claims.project);
        self.event.resource = Some(claims.audience.clone());
    }

    pub(crate) fn authenticated(&mut self, authenticated: &Authenticated) {
        self.caller(authenticated.principal_shared());
    }

    /// Notes the message, and makes the span that origins will see as their parent.
    pub(crate) fn parsed<H: Host>(&mut self, gateway: &Gateway<H>, message: &Message) -> Result<TraceParent, Fault> {
        if let (Some(agent), Some(info)) = (&mut self.event.agent, &message.meta().client_info) {
            agent.name = Some(info.name.clone());
            agent.version = Some(info.version.clone());
        }
        match message.target() {
            Target::Tool(name) => self.event.tool = Some(name.clone()),
            Target::Resource(uri) | Target::Completion(Reference::Resource(uri)) => {
                self.event.resource_uri = Some(uri.clone());
            }
            Target::Prompt(name) | Target::Completion(Reference::Prompt(name)) => {
                self.event.prompt = Some(name.clone())
            }
            // Whose task it is, is known only once its id is opened.
            Target::Task(_) | Target::Listen(_) | Target::None => {}
        }
        self.arguments = message.arguments().cloned();
        let theirs = message.meta().traceparent.as_deref().and_then(TraceParent::parse);
        let ours = match &theirs {
            Some(theirs) => theirs.child(identifier::bytes(&gateway.host)?),
            None => TraceParent::generate(identifier::bytes(&gateway.host)?),
        };
        self.event.session = Some(Session::new(theirs.as_ref(), &ours));
        Ok(ours)
    }

    /// Notes the virtual server, and the origin of what it knows.
    pub(crate) fn resolved(&mut self, resolved: &Resolved) {
        let server = resolved.server_shared();
        self.event.virtual_server = Some(server.record().name.clone());
        if let (Target::Task(_), [task]) = (resolved.message().target(), resolved.tasks()) {
            self.event.tool = Some(task.tool.clone());
        }
        self.named = self.find(&server);
        let named = self.named.map(|at| &server.exposed(at).declaration.origin);
        let answered = resolved.answered().map(|answered| &answered.origin);
        self.event.origin = named.or(answered).cloned();
        self.server = Some(server);
    }

    /// What the message names, if the virtual server has it.
    fn find(&self, server: &VirtualServer) -> Option<usize> {
        let (tool, uri, prompt) = (&self.event.tool, &self.event.resource_uri, &self.event.prompt);
        let named = [(Kind::Tool, tool), (Kind::Resource, uri), (Kind::Prompt, prompt)];
        let (kind, name) = named.into_iter().find_map(|(kind, name)| Some((kind, name.as_deref()?)))?;
        // An argument is completed for a template.
        server.find(kind, name).or_else(|| (kind == Kind::Resource).then(|| server.template_at(name)).flatten())
    }

    pub(crate) fn authorized(&mut self, authorized: &Authorized) {
        self.decision(Effect::Permit, authorized.rules().to_vec());
        self.called = authorized.permitted().used();
    }

    /// Notes that it goes to an origin: it was permitted, guarded and, where it has to be, announced.
    pub(crate) fn origin_began(&mut self, now: Timestamp) {
        self.has_passed = true;
        self.origin_began = Some(now);
    }

    /// Names the origins that a list goes without.
    pub(crate) fn unavailable(&mut self, origins: &[Unavailable]) {
        let named =
            |one: &Unavailable| event::Unavailable { origin: one.origin.clone(), reason: one.failure.reason().into() };
        self.event.unavailable = origins.iter().map(named).collect();
    }

    /// Counts the definitions that a list repairs or leaves out.
    pub(crate) fn defective(&mut self, origins: Vec<Defective>) {
        let counted = |one: Defective| event::Defective {
            origin: one.origin,
            repaired: one.repaired as u64,
            left_out: one.left_out as u64,
            reason: one.reason.map(Cow::Borrowed),
        };
        self.event.defective = origins.into_iter().map(counted).collect();
    }

    /// Ends the origin's share of the time; again when a stream went on.
    pub(crate) fn origin_ended(&mut self, now: Timestamp) {
        self.origin_ended = self.origin_began.map(|_| now);
    }

    /// The intent event of this call, under an id made of `id`: what is known of it before its origin hears anything.
    pub(super) fn intent(&mut self, id: [u8; 10]) -> AuditEvent {
        self.describe();
        self.event.intent(id)
    }

    /// Notes how long the call has waited for its intent to be accepted.
    pub(super) fn waited_for_sink(&mut self, waited: Duration) {
        self.waited_for_sink = waited;
    }

    fn decision(&mut self, effect: Effect, rules: Vec<String>) {
        let epoch = self.server.as_ref().map_or(0, |server| server.epoch());
        self.event.decision = Some(Decision { effect, epoch, rules });
    }

    /// Notes an answer that came.
    pub(crate) fn summary(&mut self, summary: Summary) {
        self.event.outcome = match summary {
            Summary::Result { is_error: false } => Outcome::success(200),
            Summary::Result { is_error: true } => Outcome::because(Status::ToolError, "tool_error"),
            Summary::Error { code } => {
                Outcome { error_code: Some(code), ..Outcome::because(Status::Error, "origin_error") }
            }
        };
    }

    /// Notes an early end.
    pub(crate) fn failed(&mut self, failure: &Failure, error_code: Option<i64>) {
        let status = match failure {
            Failure::Refusal(Refusal::ClientGone) => Status::ClientGone,
            Failure::Refusal(_) => Status::Refused,
            Failure::Fault(fault) if fault.is_the_origins() => Status::OriginFailed,
            Failure::Fault(_) => Status::Fault,
        };
        match failure {
            Failure::Refusal(Refusal::PolicyRefused { rules, .. }) => self.decision(Effect::Refusal, rules.clone()),
            Failure::Refusal(
                Refusal::UnknownTool
                | Refusal::UnknownResource { .. }
                | Refusal::UnknownPrompt
                | Refusal::UnknownTask
                | Refusal::NoVirtualServer
                | Refusal::InvalidArguments(_)
                | Refusal::UnknownVirtualServer
                | Refusal::Quarantined(_)
                | Refusal::InsufficientScope { .. },
            ) => self.decision(Effect::Refusal, Vec::new()),
            Failure::Refusal(Refusal::QuarantinedCaller(principal)) => self.caller(principal.clone()),
            // Nothing was sent, so nothing is charged.
            Failure::Fault(fault) if !fault.may_have_run() => self.origin_began = None,
            _ => {}
        }
        self.event.outcome = Outcome { error_code, ..Outcome::because(status, failure.reason()) };
        self.event.detail = failure.detail().map(Cow::into_owned);
    }

    /// Notes how a token request ended: with a token, or because of `reason`.
    pub(crate) fn redeemed(&mut self, reason: Option<&'static str>, status: StatusCode) {
        self.event.outcome = match reason {
            None => Outcome::success(status.as_u16()),
            Some(reason) => {
                Outcome::because(if status.is_server_error() { Status::Fault } else { Status::Refused }, reason)
            }
        };
    }

    /// Notes what is sent to the client.
    pub(crate) fn sent(&mut self, status: StatusCode) {
        self.event.outcome.http_status = Some(status.as_u16());
    }

    /// Notes bytes of the answer's body on their way.
    pub(crate) fn sent_bytes(&mut self, bytes: usize) {
        self.event.response_bytes += bytes as u64;
    }

    /// Hands the event to the sink; of an anonymous caller, counts it. When no sink takes it, the next event that one
    /// takes says so.
    pub(crate) async fn close<H: Host>(mut self, gateway: &Gateway<H>) {
        if self.is_counted() {
            if let Outcome { reason: Some(Cow::Borrowed(reason)), http_status: Some(status), .. } = self.event.outcome {
                count(gateway, reason, status).await;
            }
            return;
        }
        let now = gateway.host.clock().now();
        let all = now.since(self.arrived).as_millis() as u64;
        let origin_ms = self.origin_began.map(|began| self.origin_ended.unwrap_or(now).since(began).as_millis() as u64);
        self.event.latency = Some(Latency { weir_ms: all.saturating_sub(origin_ms.unwrap_or(0)), origin_ms });
        self.describe();
        self.event.cost = self.cost();
        acceptance::hand_over(gateway, self.event, self.waited_for_sink).await;
    }

    /// Fills in what was seen of the message.
    fn describe(&mut self) {
        if self.event.method.is_none() {
            self.event.method = self.sighting.method.take();
        }
        if self.event.protocol_version.is_none() {
            self.event.protocol_version = self.sighting.protocol_version.take();
        }
        if self.event.arguments.is_none() {
            self.event.arguments = self.arguments();
        }
    }

    /// Names and types of all arguments, and the values that the registry lets its events carry.
    fn arguments(&self) -> Option<RedactedArguments> {
        let named = self.server.as_ref().zip(self.named);
        let allowed = named.map_or(&[][..], |(server, at)| &server.exposed(at).audit_arguments);
        self.arguments.as_ref().map(|arguments| redaction::redact(arguments.as_str(), allowed))
    }

    /// A call costs something once it was sent to its origin, whatever came of it. Needs the event's latency.
    fn cost(&self) -> Option<cost::Cost> {
        let (server, at) = (self.server.as_ref()?, self.called?);
        self.origin_began?;
        let declaration = &server.exposed(at).declaration;
        // What one tool costs is no price of a resource or a prompt.
        let counts = |price: &&Price| declaration.kind == Kind::Tool || price.tool.is_none();
        let prices = server.origin(at)?.prices.iter().filter(counts).map(|price| cost::Price {
            tool: price.tool.as_deref(),
            per_call: price.per_call.as_deref(),
            per_second: price.per_second.as_deref(),
            per_kib: price.per_kib.as_deref(),
            currency: &price.currency,
            from: &price.from,
        });
        let day = self.event.time.get(..10).unwrap_or_default();
        let origin_ms = self.event.latency.and_then(|latency| latency.origin_ms).unwrap_or(0);
        let usage = cost::Usage { origin_ms, response_bytes: self.event.response_bytes };
        Some(cost::price_of(prices, &declaration.origin_name, day, usage))
    }
}
