//! Health: the state of this deployment, as far as this isolate sees it.
//!
//! | request | the answer has |
//! |---|---|
//! | without a token | `status`, `version`, `epoch`, and `reasons`: stable codes without a name |
//! | with the secret `HEALTH_TOKEN` | also `faults`, `warnings` and `records`, with names |
//!
//! | `status` | HTTP | meaning |
//! |---|---|---|
//! | `ok` | 200 | nothing is missing |
//! | `degraded` | 200 | calls are served, but not all of them, or not for long: see `warnings` |
//! | `fault` | 503 | no call is served: see `faults` |
//!
//! No value of a secret is ever in an answer. The log has the same names (see [`crate::log`]).

use std::collections::BTreeSet;
use std::rc::Rc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::keys::Lacking;
use crate::isolate::records::Standing;
use crate::keys::{self, ACCESS_TOKEN_KEYS, SEALING_KEYS, SIGNED_IDENTITY_KEYS, SUBJECT_TOKEN_KEYS};
use crate::line::respond;
use crate::pages::Health;
use crate::records;
use ports::Body;
use ports::{Clock, Host};

/// The secret whose holder may read names.
const HEALTH_TOKEN: &str = "HEALTH_TOKEN";

/// The shortest token that counts, bytes; a shorter secret counts as not set.
const TOKEN_BYTES: usize = 16;

/// A stable code, and the name of a secret or record.
type Finding = (&'static str, String);

/// The state of the deployment.
#[derive(Default)]
struct State {
    /// The causes for which no call is served.
    faults: Vec<Finding>,
    /// The causes for which some calls are not served, or soon will not be.
    warnings: Vec<Finding>,
    epoch: Option<u64>,
    records: Value,
}

impl State {
    const fn health(&self) -> Health {
        match (self.faults.is_empty(), self.warnings.is_empty()) {
            (true, true) => Health::Ok,
            (true, false) => Health::Degraded,
            (false, _) => Health::Fault,
        }
    }
}

/// The state in one word, for the page that people see.
pub(super) async fn of<H: Host>(gateway: &Gateway<H>) -> Health {
    look(gateway).await.health()
}

/// Answers `GET /healthz`.
pub(super) async fn answer<H: Host>(gateway: &Gateway<H>, headers: &HeaderMap) -> Response<Body> {
    let state = look(gateway).await;
    let (status, word) = match state.health() {
        Health::Ok => (StatusCode::OK, "ok"),
        Health::Degraded => (StatusCode::OK, "degraded"),
        Health::Fault => (StatusCode::SERVICE_UNAVAILABLE, "fault"),
    };
    let State { faults, warnings, epoch, records } = state;
    let reasons: BTreeSet<&str> = faults.iter().chain(&warnings).map(|(reason, _)| *reason).collect();
    let mut body = json!({
        "status": word, "version": env!("CARGO_PKG_VERSION"), "epoch": epoch, "reasons": reasons,
    });
    if may_read_names(gateway, headers).await {
        let named = |findings: Vec<Finding>| -> Vec<Value> {
            findings.iter().map(|(reason, what)| json!({ "reason": reason, "what": what })).collect()
        };
        body["faults"] = named(faults).into();
        body["warnings"] = named(warnings).into();
        body["records"] = records;
    }
    respond::json(status, body.to_string().into())
}

/// True if the request presents the deployment's health token. Digests are compared, so that timing reveals nothing
/// about the token.
async fn may_read_names<H: Host>(gateway: &Gateway<H>, headers: &HeaderMap) -> bool {
    let presented = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(presented) = presented else { return false };
    let Ok(Some(token)) = keys::secret_if_set(gateway, HEALTH_TOKEN).await else { return false };
    token.expose().len() >= TOKEN_BYTES && Sha256::digest(presented) == Sha256::digest(token.expose())
}

async fn look<H: Host>(gateway: &Gateway<H>) -> State {
    let mut state = State::default();
    let live = records::live(gateway).await;
    let quarantine = records::quarantine(gateway).await;
    let access = keys::own(gateway, ACCESS_TOKEN_KEYS).await;
    for fault in [live.as_ref().err(), quarantine.as_ref().err(), access.as_ref().err()].into_iter().flatten() {
        state.faults.push(finding(fault));
    }
    if let Ok(live) = &live {
        state.epoch = Some(live.epoch);
        for (name, reason) in lacking(gateway, live.epoch).await.iter() {
            state.warnings.push((*reason, name.clone()));
        }
    }
    let now = gateway.host.clock().now().seconds();
    let held = gateway.isolate.records.borrow();
    let head = held.head.as_ref().map(|held| described("head", held, now, &mut state.warnings));
    let quarantine = held.quarantine.as_ref().map(|held| described("quarantine", held, now, &mut state.warnings));
    if let Some((epoch, _)) = held.behind {
        state.warnings.push(("record_missing", format!("{epoch}/gateway")));
    }
    if held.newest.failed.is_some() {
        state.warnings.push((records::newest::FAILED, records::newest::KEY.to_owned()));
    }
    state.records = json!({ "head": head, "quarantine": quarantine });
    state
}

/// The standing of `head` or `quarantine`, for the answer; its warnings are added to `warnings`.
fn described<T>(name: &str, held: &Standing<T>, now: u64, warnings: &mut Vec<Finding>) -> Value {
    let freshness = held.freshness;
    let overdue = (now >= freshness.half()).then_some("record_expires_soon");
    warnings.extend([held.refused, overdue].into_iter().flatten().map(|reason| (reason, name.to_owned())));
    json!({ "sequence": freshness.sequence, "valid_until": freshness.valid_until, "key": &*held.key_id })
}

fn finding(fault: &Fault) -> Finding {
    (fault.reason(), fault.detail().unwrap_or_default().into_owned())
}

/// The secrets that the published registry needs and this deployment lacks, each with the reason. Looked up at most
/// every half minute: anybody may ask for health, and a secret may cost a request to a store.
async fn lacking<H: Host>(gateway: &Gateway<H>, epoch: u64) -> Rc<Vec<(String, &'static str)>> {
    let now = gateway.host.clock().now();
    let held = gateway.isolate.keys.borrow().lacking.clone();
    if let Some(held) = held.filter(|held| held.epoch == epoch && held.is_current(now, records::REFRESH)) {
        return held.secrets;
    }
    let needs = records::needs(gateway, epoch).await;
    let mut secrets = Vec::new();
    for name in needs.secrets {
        let found = match name.as_str() {
            // Without these every call is refused: a fault of its own.
            ACCESS_TOKEN_KEYS => continue,
            SIGNED_IDENTITY_KEYS => keys::own_if_set(gateway, SIGNED_IDENTITY_KEYS).await.map(|keys| keys.is_some()),
            SUBJECT_TOKEN_KEYS => keys::own_if_set(gateway, SUBJECT_TOKEN_KEYS).await.map(|keys| keys.is_some()),
            SEALING_KEYS => keys::sealing(gateway).await.map(|keys| keys.is_some()),
            name => keys::secret_if_set(gateway, name).await.map(|secret| secret.is_some()),
        };
        match found {
            Ok(true) => {}
            Ok(false) => {
                let reason = "secret_missing";
                crate::log::error(gateway, reason, &name, None);
                secrets.push((name, reason));
            }
            Err(fault) => secrets.push((name, fault.reason())),
        }
    }
    let secrets = Rc::new(secrets);
    gateway.isolate.keys.borrow_mut().lacking = Some(Lacking { epoch, asked: now, secrets: secrets.clone() });
    secrets
}
