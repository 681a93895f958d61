//! Asks a gateway until it serves the published records.

use std::thread;
use std::time::Duration;

use super::plan::Plan;
use super::report::{Outcome, Report};
use crate::clock;
use crate::failure::Failure;
use crate::health::{Health, HealthEndpoint, Unanswered};
use crate::output::legible;

/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(2);

/// The longest time without any answer: an address without a route will not get one.
const UNREACHABLE: Duration = Duration::from_secs(30);

/// Asks until the gateway serves the plan, at most `longest`.
pub fn until(gateway: &HealthEndpoint, plan: &Plan, longest: Duration, report: &mut Report) -> Result<(), Failure> {
    let (url, wanted) = (gateway.name(), plan.wanted());
    report.gateway(url);
    report.progress(&format!("written; waiting for {url} to serve {wanted}, at most {} s …", longest.as_secs()));
    let begun = clock::now_ms()?;
    let pause = PAUSE.min(longest / 10);
    let mut answered = false;
    loop {
        let answer = gateway.ask();
        let waited = Duration::from_millis(clock::now_ms()?.saturating_sub(begun));
        answered |= !matches!(answer, Err(Unanswered::Unreachable(_)));
        let cause = match &answer {
            Ok(health) if serves(health, plan) => {
                report.progress(&format!("published: {url} serves {wanted} after {} s", waited.as_secs()));
                warn(health, report);
                report.end(Outcome::Published, Some(waited.as_secs()));
                return Ok(());
            }
            Ok(health) => unserved(health, gateway, plan),
            Err(error) => legible(&error.to_string()),
        };
        if waited + pause > longest || (!answered && waited > UNREACHABLE) {
            return Err(Failure::Unserved { url: url.to_owned(), wanted, cause });
        }
        thread::sleep(pause);
    }
}

/// True if the gateway serves the plan, or a later publication.
fn serves(health: &Health, plan: &Plan) -> bool {
    let served = if plan.is_quarantine_only {
        let quarantine = health.records.as_ref().and_then(|records| records.quarantine.as_ref());
        quarantine.map(|quarantine| quarantine.sequence)
    } else {
        health.epoch
    };
    served.is_some_and(|served| served >= plan.epoch)
}

/// The state of a gateway that does not serve the plan, and advice.
fn unserved(health: &Health, gateway: &HealthEndpoint, plan: &Plan) -> String {
    let reasons: Vec<String> = health.reasons.iter().map(|reason| format!("`{}`", legible(reason))).collect();
    let serves = health.epoch.map_or("no registry".to_owned(), |epoch| format!("epoch {epoch}"));
    let advice = if health.reasons.iter().any(|reason| reason == "record_unsigned") {
        "it refuses the records: they aren't signed by a key of its REGISTRY_KEYS; deploy it with the public half \
         (`weir key public`), or publish again with a key that it trusts"
    } else if plan.is_quarantine_only && gateway.has_token() && health.records.is_none() {
        "the token is not its secret HEALTH_TOKEN"
    } else if health.reasons.is_empty() {
        "does it read another store: another namespace, binding or environment?"
    } else {
        "its log names the records; so does `weir status` with --token-file"
    };
    let state = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    format!("it says `{}`{state} and serves {serves}; {advice}", legible(&health.status))
}

/// Warns of a gateway that serves the plan and lacks something.
fn warn(health: &Health, report: &mut Report) {
    for reason in &health.reasons {
        let findings = health.faults.iter().chain(&health.warnings).filter(|finding| finding.reason == *reason);
        let named: Vec<String> = findings.map(|finding| legible(&finding.what)).collect();
        let named = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
        report.warn(format!("the gateway says `{}`{named}", legible(reason)));
    }
}
