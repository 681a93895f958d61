//! The gateway and the ledger on local workerd, with embedded stores.

use std::process::Command;

use serde_json::{Value, json};

use super::{
    Served,
    children::{Child, Control},
    folder::Folder,
    node,
    places::Place,
    secrets::Secrets,
};
use crate::{
    build::{Function, Profile},
    command::{Fault, root},
};

/// Adds the option for workerd's stores to `publish`.
pub(super) fn publish_to(folder: &Folder, publish: &mut Command) {
    publish.args(["--to", "workers", "--local", "--persist-to"]).arg(folder.path("state"));
}

/// Starts both functions in workerd.
pub(super) fn serve(
    profile: Profile,
    gateway: Place,
    ledger: Place,
    folder: &Folder,
    secrets: &Secrets,
) -> Result<Served, Fault> {
    let (workers, ready) = Child::start("workerd", node(&root().join("tests/harness/workers.mjs"))?)?;
    let control = Control::new(&ready)?;
    let order = json!({
        "queue": "ledger",
        "worker": Function::Gateway.module(profile),
        "ledger_worker": Function::Ledger.module(profile),
        "persist": folder.path("state"),
        "port": gateway.port,
        "ledger_port": ledger.port,
        "vars": { "REGISTRY_KEYS": secrets.registry_keys },
        "secrets": secrets.of_gateway(),
        "ledger_secrets": secrets.of_ledger(),
    });
    let host: Value = control.post("/hosts", &order.to_string())?;
    let text = |name: &str| host[name].as_str().unwrap_or_default().to_owned();
    let (gateway, ledger, host) = (text("gateway"), text("ledger"), text("id"));
    let log = Box::new(move || control.get(&format!("/hosts/{host}/log")).unwrap_or_default());
    Ok(Served { gateway, ledger, children: vec![workers], log })
}
