//! The port contracts inside Spin: `GET /` runs every suite and returns the report as JSON.
//!
//! ```text
//! [{"port": "Once", "promise": "the first claim wins", "kept": true}, …]
//! ```

use std::rc::Rc;
use std::time::Duration;

use host_spin::SpinHost;
use host_spin::database::SpinDatabase;
use host_spin::fault::Fault;
use host_spin::objects::SpinObjects;
use host_spin::outbox::{SpinOutbox, SqliteRows, StreamGroup};
use host_spin::redis::Redis;
use http::Response;
use ports::Body;
use ports::database::contract::database_contract;
use ports::objects::contract::{Finding, objects_contract};
use ports::outbox::contract::outbox_contract;
use ports::{AuditSink, Clock, Host, Secrets, Timer, contract};
use serde_json::{Value, json};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::service::export;
use spin_sdk::wasip3::http::types::{self, ErrorCode};

/// The time after which an unsettled event may be taken again: short, so that the suite can wait for it.
const IDLE: Duration = Duration::from_millis(500);

struct Contracts;

impl Guest for Contracts {
    async fn handle(request: types::Request) -> Result<types::Response, ErrorCode> {
        Ok(host_spin::answer(request, 0, |host, _| async move {
            Response::new(Body::Full(report(&host).await.to_string().into()))
        })
        .await)
    }
}

export!(Contracts);

/// The ledger's ports.
struct Ledger {
    trail: SpinObjects,
    books: SpinDatabase,
    outbox: SpinOutbox,
}

impl Ledger {
    async fn open(redis: Option<&str>) -> Result<Self, Fault> {
        let books = SpinDatabase::open().await?;
        let trail = SpinObjects::open(books.clone()).await?;
        let rows = SqliteRows::open(books.clone()).await?;
        let stream = match redis {
            Some(url) => Some(StreamGroup::new(Rc::new(Redis::new(url.to_owned()).await?), IDLE)),
            None => None,
        };
        Ok(Self { trail, books, outbox: SpinOutbox::new(stream, rows) })
    }

    async fn report(&self, host: &SpinHost, run_id: &str) -> Vec<Finding> {
        let append = async |id: String, event: String| {
            host.audit_sink().append(&id, event).await.map(drop).map_err(|error| error.to_string())
        };
        let pause = async || host.timer().sleep(IDLE / 50).await;
        let mut findings = objects_contract(&self.trail, run_id).await;
        findings.extend(database_contract(&self.books, run_id).await);
        findings.extend(outbox_contract(&self.outbox, append, pause, run_id).await);
        findings
    }
}

async fn report(host: &SpinHost) -> Value {
    let run_id = host.clock().now().millis().to_string();
    let Ok(origin) = host.secrets().get("CONTRACT_ORIGIN").await else {
        return json!([{ "port": "Fetch", "promise": "`contract_origin` says where to fetch from", "kept": false }]);
    };
    let mut findings: Vec<_> =
        contract::run(host, origin.expose(), &run_id).await.iter().map(|finding| json!(finding)).collect();
    // Without the variable, the ledger reads only the embedded outbox, to which the gateway writes then.
    let redis = host.secrets().get("REDIS_URL").await.ok();
    let of_the_ledger = match Ledger::open(redis.as_ref().map(|url| url.expose())).await {
        Ok(ledger) => ledger.report(host, &run_id).await,
        Err(fault) => return json!([{ "port": "the ledger's", "promise": fault.to_string(), "kept": false }]),
    };
    for finding in of_the_ledger {
        let fault = finding.fault.map(|fault| format!(" ({fault})")).unwrap_or_default();
        let promise = format!("{}{fault}", finding.promise);
        findings.push(json!({ "port": finding.port, "promise": promise, "kept": finding.kept }));
    }
    findings.into()
}
