//! The report of `weir status`, as text and as JSON.

use std::fmt;

use audit::time::rfc3339;
use serde::Serialize;

use crate::duration::left;
use crate::health::{Health, HealthEndpoint};
use crate::output::legible;

/// The state of a deployment.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The records; `None` if they were not asked for, or gateways refuse them.
    pub store: Option<StoreState>,
    /// The gateway's answer; `None` if it was not asked, or did not answer.
    pub gateway: Option<Health>,
    /// Everything that is not as it should be.
    pub findings: Vec<Finding>,
}

/// The live records.
#[derive(Debug, Serialize)]
pub struct StoreState {
    /// The live epoch, Unix milliseconds.
    pub epoch: u64,
    /// The gateway's address.
    pub url: String,
    /// The record `head`.
    pub head: StandingRecord,
    /// The record `quarantine`; `None` if gateways refuse it.
    pub quarantine: Option<StandingRecord>,
    /// The secrets that calls need; `None` if an older `weir` published.
    pub secrets: Option<Vec<String>>,
}

/// `head` or `quarantine`.
#[derive(Debug, Serialize)]
pub struct StandingRecord {
    /// The instant of signing, Unix milliseconds.
    pub sequence: u64,
    /// The end of validity, Unix seconds.
    pub valid_until: u64,
    /// The rest of the validity, seconds.
    pub left: u64,
    /// The id of the key that signed it.
    pub key: String,
}

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No call is served.
    Fault,
    /// Calls are served, but not all of them, or not for long.
    Warning,
}

/// One thing that is not as it should be.
#[derive(Debug, Serialize)]
pub struct Finding {
    level: Level,
    /// A stable code.
    reason: String,
    /// The name of a secret or a record; empty if the gateway does not name it.
    what: String,
    /// More for people; may be empty.
    detail: String,
}

impl Report {
    /// Adds a finding, unless the same is there already.
    pub fn add(&mut self, level: Level, reason: &str, what: &str, detail: &str) {
        let known = |finding: &Finding| finding.reason == reason && finding.what == what;
        if !self.findings.iter().any(known) {
            let [reason, what, detail] = [reason, what, detail].map(legible);
            self.findings.push(Finding { level, reason, what, detail });
        }
    }

    /// True if no call is served.
    pub fn has_fault(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Fault)
    }

    /// Asks the gateway and adds its answer.
    pub fn ask(&mut self, gateway: &HealthEndpoint) {
        let health = match gateway.ask() {
            Ok(health) => health,
            Err(error) => return self.add(Level::Fault, "gateway_unreachable", gateway.name(), &error.to_string()),
        };
        for (level, named) in [(Level::Fault, &health.faults), (Level::Warning, &health.warnings)] {
            for finding in named {
                self.add(level, &finding.reason, &finding.what, "the gateway says so");
            }
        }
        if health.records.is_none() {
            let level = if health.status == "fault" { Level::Fault } else { Level::Warning };
            let detail = if gateway.has_token() {
                "the token is not the gateway's secret HEALTH_TOKEN"
            } else {
                "the gateway names it for --token-file only; its log does too"
            };
            for reason in &health.reasons {
                self.add(level, reason, "", detail);
            }
        }
        let newest = self.store.as_ref().map(|store| store.epoch);
        if let (Some(newest), Some(served)) = (newest, health.epoch)
            && served < newest
        {
            let detail = format!("it serves epoch {served}; gateways follow within about a minute");
            self.add(Level::Warning, "epoch_behind", &format!("epoch {newest}"), &detail);
        }
        self.gateway = Some(health);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(store) = &self.store {
            writeln!(formatter, "epoch       {} of {}", store.epoch, rfc3339(store.epoch))?;
            let records = [("head", Some(&store.head)), ("quarantine", store.quarantine.as_ref())];
            for (name, record) in records.into_iter().filter_map(|(name, record)| Some((name, record?))) {
                let (until, key) = (rfc3339(record.valid_until.saturating_mul(1_000)), legible(&record.key));
                writeln!(formatter, "{name:10}  until {until}, {} left; signed by `{key}`", left(record.left))?;
            }
            if let Some(secrets) = &store.secrets {
                writeln!(formatter, "needs       {}", legible(&secrets.join(", ")))?;
            }
        }
        if let Some(gateway) = &self.gateway {
            let serves = gateway.epoch.map_or("no registry".to_owned(), |epoch| format!("epoch {epoch}"));
            let [status, version] = [&gateway.status, &gateway.version].map(|text| legible(text));
            writeln!(formatter, "gateway     {status}, version {version}, serves {serves}")?;
        }
        for Finding { level, reason, what, detail } in &self.findings {
            let level = if *level == Level::Fault { "fault" } else { "warning" };
            let what = if what.is_empty() { String::new() } else { format!(" {what}") };
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            writeln!(formatter, "{level:10}  {reason}{what}{detail}")?;
        }
        if self.findings.is_empty() { writeln!(formatter, "all is well") } else { Ok(()) }
    }
}
