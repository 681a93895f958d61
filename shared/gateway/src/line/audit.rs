//! *audit*: every outcome becomes an event. A [`Record`] is opened before the line and closed after it, in every case.
//!
//! A call to an origin with `two_phase` audit is announced before it is forwarded (see `announce`).
//!
//! Refusals of anonymous callers are counted per reason and minute instead (see `audit::refusals`), so that the queue
//! can't be filled without a token.

pub(super) mod acceptance;
mod charge;
pub(super) mod expected_events;
mod outcome;
mod refusals;

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use audit::event::{self, Agent, AuditEvent, Decision, Effect, Latency, Outcome, Session, Status, User, UserKind};
use audit::redaction::{self, RedactedArguments};
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, StatusCode};
use json::RawJson;
use mcp::completion::Reference;
use mcp::era::Era;
use mcp::meta::TraceParent;
use oauth::bearer_token::{self, Scheme};
use policy::Kind;

use crate::endpoints::Resource;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::records::Live;
use crate::line::authenticate::Authenticated;
use crate::line::authorize::Authorized;
use crate::line::parse::{Message, Sighting, Target};
use crate::line::receive;
use crate::line::resolve::Resolved;
use crate::line::respond::{FailedRequest, ToolCall};
use crate::outcome::{Defective, InputRequestCounts, Unavailable};
use crate::principal::Principal;
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host, Timestamp};

pub(crate) use refusals::{count, flush};

/// The audit event of one request, filled in stage by stage.
pub(crate) struct Record {
    arrived: Timestamp,
    event: AuditEvent,
    /// The request's `Origin` header, listed or not.
    browser: Option<HeaderValue>,
    scheme: Scheme,
    next_nonce: Option<HeaderValue>,
    live: Option<Live>,
    resource: Option<Resource>,
    pub(crate) sighting: Sighting,
    arguments: Option<RawJson>,
    server: Option<Rc<VirtualServer>>,
    input_requests: Option<Rc<InputRequestCounts>>,
    /// Index in the virtual server of the tool, resource or prompt that the message names.
    named: Option<usize>,
    called: Option<usize>,
    /// The client's era, of a `tools/call`.
    era_of_call: Option<Era>,
    origin_began: Option<Timestamp>,
    origin_ended: Option<Timestamp>,
    /// True once the origin has answered a request that it ran; a later failure doesn't change that it ran.
    has_answered: bool,
    origin_status: Option<u16>,
    /// The time that the sink took to accept the intent event.
    waited_for_sink: Duration,
    is_public: bool,
    has_passed: bool,
}

impl Record {
    /// Opens the record of a request that has just come in.
    pub(crate) fn open<H: Host>(gateway: &Gateway<H>, request: &Request<Bytes>) -> Result<Self, Fault> {
        let arrived = gateway.host.clock().now();
        // A record that is closed before any outcome is known reports a client that has gone.
        let outcome = Outcome::because(Status::ClientGone, "client_gone");
        let mut event = AuditEvent::call(arrived.millis(), identifier::bytes(&gateway.host)?, outcome);
        event.request_bytes = request.body().len() as u64;
        Ok(Self {
            arrived,
            event,
            browser: request.headers().get(header::ORIGIN).cloned(),
            scheme: bearer_token::scheme(request.headers()),
            next_nonce: None,
            live: None,
            resource: None,
            sighting: Sighting::default(),
            arguments: None,
            server: None,
            input_requests: None,
            named: None,
            called: None,
            era_of_call: None,
            origin_began: None,
            origin_ended: None,
            has_answered: false,
            origin_status: None,
            waited_for_sink: Duration::ZERO,
            is_public: false,
            has_passed: false,
        })
    }

    /// The id of the request's audit event. Errors carry it, so that a person can ask about the event.
    pub(crate) fn event_id(&self) -> &str {
        self.event.id.as_str()
    }

    /// True if it is only counted, not written as an event of its own: its caller is unknown, or anonymous and the call
    /// ended before *forward*.
    pub(crate) const fn is_counted(&self) -> bool {
        self.event.agent.is_none() || (self.is_public && !self.has_passed)
    }

    /// Notes an OAuth client that has authenticated; its user isn't known yet.
    pub(crate) fn agent(&mut self, client_id: &str) {
        self.event.agent = Some(Agent { client_id: client_id.to_owned(), name: None, version: None });
    }

    /// Notes the registry records that the request is decided by.
    pub(crate) fn live(&mut self, live: &Live) {
        self.live = Some(live.clone());
    }

    /// Notes the protected resource that is requested.
    pub(crate) fn resource(&mut self, resource: &Resource) {
        self.resource = Some(resource.clone());
    }

    /// The request that `failure` answers, as far as it is known.
    pub(crate) fn asked(&self, failure: &Failure) -> FailedRequest<'_> {
        // A failure after a permit is shown to that caller only.
        let is_visible = self.called.is_some() || failure.hides_nothing();
        let call = self.era_of_call.filter(|_| is_visible).zip(self.event.tool.as_deref());
        let server = self.event.virtual_server.as_deref();
        let may_have_run = match failure {
            Failure::Fault(fault) => self.may_have_run(fault),
            // The caller or the item was frozen meanwhile.
            Failure::Refusal(_) => self.has_answered,
        };
        FailedRequest {
            id: self.sighting.id.as_ref(),
            event_id: (!self.is_counted()).then(|| self.event_id()),
            metadata_url: self.metadata_url(),
            scheme: self.scheme(),
            call: call.map(|(era, tool)| ToolCall { tool, era, server, may_have_run }),
        }
    }

    /// The scheme of access tokens that a challenge names.
    fn scheme(&self) -> Scheme {
        let demands_dpop = self.live.as_ref().is_some_and(|live| live.gateway.require_dpop);
        if demands_dpop { Scheme::Dpop } else { self.scheme }
    }

    /// The nonce for the next proof, if that of this request grows old.
    pub(crate) fn next_nonce(&self) -> Option<HeaderValue> {
        self.next_nonce.clone()
    }

    fn may_have_run(&self, fault: &Fault) -> bool {
        self.has_answered || fault.may_have_run()
    }

    /// The URL of the protected resource's metadata (RFC 9728 §3).
    fn metadata_url(&self) -> Option<String> {
        let (live, resource) = (self.live.as_ref()?, self.resource.as_ref()?);
        Some(resource.protected().metadata_url(&live.gateway.url))
    }

    /// The request's web origin, if the registry lists it: its pages may read the response.
    pub(crate) fn listed_browser(&self) -> Option<HeaderValue> {
        let (live, browser) = (self.live.as_ref()?, self.browser.as_ref()?);
        receive::is_listed(browser, live).then(|| browser.clone())
    }

    pub(crate) fn operation(&mut self, name: &str) {
        self.event.method = Some(name.to_owned());
    }

    /// Notes the origin that the request is about.
    pub(crate) fn origin(&mut self, name: &str) {
        self.event.origin = Some(name.to_owned());
    }

    pub(crate) fn caller(&mut self, principal: Rc<Principal>) {
        self.is_public = principal.is_anonymous();
        let claims = principal.claims();
        let kind = principal.is_service().then_some(UserKind::Service);
        let (issuer, subject) = (claims.identity_provider.clone(), claims.subject.clone());
        self.event.user = Some(User { issuer, subject, kind });
        self.event.agent = Some(Agent { client_id: claims.client_id.clone(), name: None, version: None });
        self.event.groups.clone_from(&claims.groups);
        self.event.team.clone_from(&claims.team);
        self.event.project.clone_from(&claims.project);
        self.event.resource = Some(claims.audience.clone());
    }

    pub(crate) fn authenticated(&mut self, authenticated: &Authenticated) {
        self.caller(authenticated.principal_shared());
        self.next_nonce = authenticated.next_nonce();
    }

    /// Notes the message, and makes the span that origins will see as their parent.
    pub(crate) fn parsed<H: Host>(&mut self, gateway: &Gateway<H>, message: &Message) -> Result<TraceParent, Fault> {
        if let (Some(agent), Some(info)) = (&mut self.event.agent, &message.meta().client_info) {
            agent.name = Some(info.name.clone());
            agent.version = Some(info.version.clone());
        }
        match message.target() {
            Target::Tool(name) => {
                self.event.tool = Some(name.clone());
                self.era_of_call = Some(message.era());
            }
            Target::Resource(uri) | Target::Completion(Reference::Resource(uri)) => {
                self.event.resource_uri = Some(uri.clone());
            }
            Target::Prompt(name) | Target::Completion(Reference::Prompt(name)) => {
                self.event.prompt = Some(name.clone())
            }
            // The tool of a task is known only once the task's id is opened.
            Target::Task(_) | Target::Listen(_) | Target::None => {}
        }
        self.arguments = message.arguments().cloned();
        let theirs = message.meta().traceparent.as_ref();
        let ours = match theirs {
            Some(theirs) => theirs.child(identifier::bytes(&gateway.host)?),
            None => TraceParent::generate(identifier::bytes(&gateway.host)?),
        };
        self.event.session = Some(Session {
            trace_id: ours.trace_id(),
            span_id: ours.span_id(),
            parent_id: theirs.map(TraceParent::span_id),
            injected: theirs.is_none(),
        });
        Ok(ours)
    }

    /// Notes the virtual server, and the origin of the item or request that the message names.
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
        self.input_requests = Some(resolved.input_requests());
    }

    /// The index of the item that the message names, if the virtual server exposes it.
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

    /// Notes that the call goes to an origin: it was permitted, guarded and, if required, announced.
    pub(crate) fn origin_began(&mut self, now: Timestamp) {
        self.has_passed = true;
        self.origin_began = Some(now);
    }

    /// Notes the origins that are missing from a response made of several.
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

    /// Notes the HTTP status under which the origin answered, if it is not the usual one, and that nothing ran there.
    pub(crate) fn origin_answered(&mut self, status: Option<StatusCode>, ran_nothing: bool) {
        self.has_answered = !ran_nothing;
        self.origin_status = status.map(|status| status.as_u16());
        if ran_nothing {
            self.origin_began = None;
        }
    }

    /// Notes the end of the origin's response; a stream calls it a second time at its own end.
    pub(crate) fn origin_ended(&mut self, now: Timestamp) {
        self.origin_ended = self.origin_began.map(|_| now);
    }

    /// The intent event of this call, under an id made of `id`: all that is known before the origin is called.
    pub(super) fn intent(&mut self, id: [u8; 10]) -> AuditEvent {
        self.describe();
        self.event.intent(id)
    }

    /// Notes the time that the sink took to accept the intent event.
    pub(super) fn waited_for_sink(&mut self, waited: Duration) {
        self.waited_for_sink = waited;
    }

    fn decision(&mut self, effect: Effect, rules: Vec<String>) {
        let epoch = self.server.as_ref().map_or(0, |server| server.epoch());
        self.event.decision = Some(Decision { effect, epoch, rules });
    }

    /// Hands the event to the sink, or only counts it (see [`Record::is_counted`]). An event that the sink refuses is
    /// counted in the `lost_before` of a later one.
    pub(crate) async fn close<H: Host>(mut self, gateway: &Gateway<H>) {
        if self.is_counted() {
            if let Outcome { reason: Some(Cow::Borrowed(reason)), http_status: Some(status), .. } = self.event.outcome {
                count(gateway, reason, status).await;
            }
            return;
        }
        let now = gateway.host.clock().now();
        let millis = |from: Timestamp, to: Timestamp| to.since(from).as_millis() as u64;
        let origin_ms = self.origin_began.map(|began| millis(began, self.origin_ended.unwrap_or(now)));
        self.event.latency =
            Some(Latency { weir_ms: millis(self.arrived, now).saturating_sub(origin_ms.unwrap_or(0)), origin_ms });
        self.event.outcome.origin_status = self.origin_status;
        self.event.input_requests =
            self.input_requests.as_ref().map_or_else(Vec::new, |input_requests| input_requests.counts());
        self.describe();
        // A call that may have run is charged, even if it failed.
        let used = self.server.as_ref().zip(self.called).filter(|_| self.origin_began.is_some());
        self.event.cost = used.and_then(|(server, at)| charge::cost(server, at, &self.event));
        acceptance::hand_over(gateway, self.event, self.waited_for_sink).await;
    }

    /// Fills in the method, version and redacted arguments of the message.
    fn describe(&mut self) {
        let Self { event, sighting, .. } = self;
        event.method = event.method.take().or_else(|| sighting.method.take());
        event.protocol_version = event.protocol_version.take().or_else(|| sighting.protocol_version.take());
        self.event.arguments = self.event.arguments.take().or_else(|| self.arguments());
    }

    /// Names and types of all arguments, and the values that the registry lets its events carry.
    fn arguments(&self) -> Option<RedactedArguments> {
        let named = self.server.as_ref().zip(self.named);
        let allowed = named.map_or(&[][..], |(server, at)| &server.exposed(at).audit_arguments);
        self.arguments.as_ref().map(|arguments| redaction::redact(arguments.as_str(), allowed))
    }
}
