//! `origins/NAME.toml`: one approved origin.
//!
//! ```toml
//! url = "https://documents.example.com/mcp"
//! title = "Documents"                              # optional
//! era = "auto"                                     # optional: `modern`, `legacy`, or `auto` to detect it
//! timeout_ms = 30000
//! credential = { type = "header", name = "Authorization", prefix = "Bearer " }   # or another kind: document/credential.rs
//! audit = "completion"                             # optional: or `two_phase`, for calls that may not go unrecorded
//! may_ask = ["elicitation_form", "sampling"]       # optional: what it may ask of its callers; also `elicitation_url`, `roots`
//! user_agent = "acme-gateway/1.0"                  # optional: else `weir/VERSION`
//! data_classes = ["internal"]
//! risk = "low"                                     # low, medium, high
//! region = "eu"                                    # optional
//! owner = "knowledge"
//! review = "2027-11-01"                            # optional: the day of the next review, or a ticket
//!
//! [[prices]]
//! tool = "search"                                  # optional: else every tool
//! per_call = "0.002"                               # at least one of these three; the price is their sum
//! per_second = "0.0001"                            # of the origin's response time
//! per_kib = "0.00001"                              # of the response body
//! currency = "USD"
//! from = "2026-01-01"
//!
//! [tools.search]
//! arguments = { query = "string", limit = { type = "long", required = true } }
//! read_only = true                                 # optional, as are destructive and idempotent
//! audit_arguments = ["query"]                      # arguments whose values audit events may carry
//!
//! [prompts.summarise]
//! arguments = { id = "string" }
//! ```
//!
//! `resources = ["handbook://*"]`, before the tables, approves resources by URI pattern; see [`crate::resource`].

use std::collections::BTreeMap;

use mcp::input_request::InputRequest;
use policy::Kind;
use url::Url;

use crate::address::{self, Reach};
use crate::document::approval::Approval;
use crate::document::{LABEL, RESOURCE_PATTERN, checked, credential, first_place, keep_read};
use crate::fault::{Faults, did_you_mean};
use crate::name;
use crate::price::{self, Price};
use crate::resource;
use crate::snapshot::{AuditMode, Credential, OriginEra, Risk};
use crate::source::{Located, Source};
use crate::table::{self, Rule, Table};

/// Default timeout of a call, milliseconds.
const TIMEOUT_MS: u64 = 30_000;

/// 1 ms to 5 minutes: few clients wait longer.
const TIMEOUT_MS_BOUNDS: (u64, u64) = (1, 300_000);

const RISK: Rule = Rule { holds: |text| risk(text).is_some(), says: "be one of `low`, `medium` and `high`" };

const ERA: Rule =
    Rule { holds: |text| OriginEra::parse(text).is_some(), says: "be one of `modern`, `legacy` and `auto`" };

const AUDIT: Rule =
    Rule { holds: |text| AuditMode::parse(text).is_some(), says: "be one of `completion` and `two_phase`" };

const MAY_ASK: Rule = Rule {
    holds: |text| InputRequest::parse(text).is_some(),
    says: "be one of `elicitation_form`, `elicitation_url`, `sampling` and `roots`",
};

const USER_AGENT: Rule = Rule {
    holds: |text| {
        let visible = |byte: u8| byte.is_ascii_graphic();
        (1..=256).contains(&text.len())
            && text.bytes().all(|byte| visible(byte) || byte == b' ')
            && text.bytes().next().is_some_and(visible)
            && text.bytes().next_back().is_some_and(visible)
    },
    says: "be at most 256 ASCII characters, without a space at either end",
};

/// A text that looks like a day must be one, because no other can be overdue.
const REVIEW: Rule = Rule {
    holds: |text| {
        name::is_label(text) && (price::is_day(text) || !text.starts_with(|first: char| first.is_ascii_digit()))
    },
    says: "be a day such as `2027-11-01`, or a ticket, which begins with no digit",
};

/// `origins/NAME.toml`.
#[derive(Debug)]
pub struct OriginDocument {
    /// The file's name without `.toml`, at the file's first place.
    pub name: Located<String>,
    /// True if every tool and prompt could be read.
    pub complete: bool,
    /// URL of its MCP endpoint, normalised; empty if missing or invalid.
    pub url: String,
    /// Its title for people.
    pub title: Option<String>,
    /// The protocol era it speaks; default `auto`.
    pub era: OriginEra,
    /// Maximum duration of a call, milliseconds; 1 to 300,000, default 30,000.
    pub timeout_ms: u64,
    /// Weir's credential at the origin.
    pub credential: Credential,
    /// `User-Agent` of requests to it; `None` for Weir's own.
    pub user_agent: Option<String>,
    /// Audit mode of its calls; default `completion`.
    pub audit: AuditMode,
    /// The requests that it may make of a caller, in the order of [`InputRequest::ALL`]; none by default.
    pub may_ask: Vec<InputRequest>,
    /// Classes of data that it holds, in the registry's own words.
    pub data_classes: Vec<Located<String>>,
    /// Possible harm of a call.
    pub risk: Risk,
    /// Region in which it runs, in the registry's own words.
    pub region: Option<String>,
    /// The team that is responsible for it.
    pub owner: String,
    /// Day of its next review, `YYYY-MM-DD`, or a ticket.
    pub review: Option<Located<String>>,
    /// Prices of its calls, in file order.
    pub prices: Vec<Price>,
    /// True if every price could be read.
    pub prices_complete: bool,
    /// Its approved tools, by their name at the origin.
    pub tools: BTreeMap<String, Approval>,
    /// The URI patterns of its approved resources.
    pub resources: Vec<Located<String>>,
    /// Its approved prompts, by their name at the origin.
    pub prompts: BTreeMap<String, Approval>,
}

impl OriginDocument {
    /// Reads `origins/NAME.toml`.
    pub fn read(name: &str, source: &Source<'_>, reach: Reach, faults: &mut Faults) -> Self {
        let mut document = Self {
            name: Located { value: name.to_owned(), place: first_place(source.file()) },
            complete: false,
            url: String::new(),
            title: None,
            era: OriginEra::default(),
            timeout_ms: TIMEOUT_MS,
            credential: Credential::None,
            user_agent: None,
            audit: AuditMode::default(),
            may_ask: Vec::new(),
            data_classes: Vec::new(),
            risk: Risk::default(),
            region: None,
            owner: String::new(),
            review: None,
            prices: Vec::new(),
            prices_complete: true,
            tools: BTreeMap::new(),
            resources: Vec::new(),
            prompts: BTreeMap::new(),
        };
        table::parse(source, faults, |table, faults| document.read_root(name, table, reach, faults));
        document
    }

    /// The approvals of this kind by name; `None` for resources, which are approved by pattern.
    #[must_use]
    pub const fn approvals(&self, kind: Kind) -> Option<&BTreeMap<String, Approval>> {
        match kind {
            Kind::Tool => Some(&self.tools),
            Kind::Prompt => Some(&self.prompts),
            Kind::Resource => None,
        }
    }

    /// True if it approves every resource that `pattern` matches.
    #[must_use]
    pub fn approves_resources(&self, pattern: &str) -> bool {
        self.resources.iter().any(|approved| resource::covers(&approved.value, pattern))
    }

    fn read_root(&mut self, name: &str, table: &mut Table<'_>, reach: Reach, faults: &mut Faults) {
        let value = |written: Option<Located<String>>| written.map(|written| written.value);
        let url = table.required_text("url", &Rule::ANY, faults);
        let url = url.and_then(|url| checked(&url, "url", |text| address::parse(text, reach), faults));
        self.url = url.map(Url::into).unwrap_or_default();
        self.title = value(table.text("title", &LABEL, faults));
        let era = table.text("era", &ERA, faults);
        self.era = era.and_then(|written| OriginEra::parse(&written.value)).unwrap_or_default();
        if let Some(timeout) = table.number("timeout_ms", TIMEOUT_MS_BOUNDS, faults) {
            self.timeout_ms = timeout.value;
        }
        match table.table("credential", faults, |table, faults| credential::read(name, table, reach, faults)) {
            Some(credential) => self.credential = credential.unwrap_or(Credential::None),
            None if table.is_absent("credential") => {
                let help = "write `credential = { type = \"none\" }` if the origin needs none";
                faults.error(table.place(), "`credential` is missing", help.to_owned());
            }
            None => {}
        }
        self.user_agent = value(table.text("user_agent", &USER_AGENT, faults));
        let audit = table.text("audit", &AUDIT, faults);
        self.audit = audit.and_then(|written| AuditMode::parse(&written.value)).unwrap_or_default();
        let may_ask = table.texts("may_ask", &MAY_ASK, faults);
        let is_named = |request: &InputRequest| may_ask.iter().any(|name| name.value == request.as_str());
        self.may_ask = InputRequest::ALL.into_iter().filter(is_named).collect();
        self.data_classes = table.texts("data_classes", &LABEL, faults);
        let written_risk = table.required_text("risk", &RISK, faults);
        self.risk = written_risk.and_then(|written| risk(&written.value)).unwrap_or_default();
        self.region = value(table.text("region", &LABEL, faults));
        self.owner = value(table.required_text("owner", &LABEL, faults)).unwrap_or_default();
        self.review = table.text("review", &REVIEW, faults);

        self.resources = table.texts("resources", &RESOURCE_PATTERN, faults);
        self.complete = true;
        self.tools = self.read_approvals(Kind::Tool, "tools", table, faults);
        self.prompts = self.read_approvals(Kind::Prompt, "prompts", table, faults);
        self.read_prices(table, faults);
    }

    fn read_approvals(
        &mut self,
        kind: Kind,
        key: &'static str,
        table: &mut Table<'_>,
        faults: &mut Faults,
    ) -> BTreeMap<String, Approval> {
        let mut approvals = BTreeMap::new();
        for entry in table.entries(key, &LABEL, faults) {
            let approval = entry.table(faults, |table, faults| Approval::read(kind, &entry, table, faults));
            self.complete &= approval.as_ref().is_some_and(|approval| approval.complete);
            if let Some(approval) = approval {
                approvals.insert(entry.name.value.clone(), approval);
            }
        }
        approvals
    }

    fn read_prices(&mut self, table: &mut Table<'_>, faults: &mut Faults) {
        let prices = table.tables("prices", faults, |table, faults| {
            let tool = table.text("tool", &LABEL, faults);
            let parts = ["per_call", "per_second", "per_kib"];
            let named = parts.iter().any(|part| !table.is_absent(part));
            let amounts = parts.map(|part| table.text(part, &price::AMOUNT, faults).map(|amount| amount.value));
            if !named {
                let message = "a price needs `per_call`, `per_second` or `per_kib`";
                faults.error(table.place(), message, None);
            }
            let currency = table.required_text("currency", &price::CURRENCY, faults);
            let from = table.required_text("from", &price::DAY, faults);
            Some((table.place().clone(), tool, amounts, currency?.value, from?.value))
        });
        for (place, tool, amounts, currency, from) in keep_read(prices, &mut self.prices_complete) {
            if let Some(tool) = tool.as_ref().filter(|tool| !self.tools.contains_key(&tool.value)) {
                let help = did_you_mean(&tool.value, self.tools.keys().map(String::as_str));
                faults.error(&tool.place, format!("there is no `[tools.{}]` to price", tool.value), help);
            }
            let tool = tool.map(|tool| tool.value);
            if self.prices.iter().any(|earlier| earlier.tool == tool && earlier.from == from) {
                let whose = tool.as_ref().map_or_else(|| "every tool".to_owned(), |tool| format!("`{tool}`"));
                faults.error(&place, format!("{whose} has two prices from {from} on"), None);
            }
            let [per_call, per_second, per_kib] = amounts;
            self.prices.push(Price { tool, per_call, per_second, per_kib, currency, from });
        }
    }
}

fn risk(text: &str) -> Option<Risk> {
    [Risk::Low, Risk::Medium, Risk::High].into_iter().find(|risk| risk.as_str() == text)
}
