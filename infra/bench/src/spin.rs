//! The run on Spin: the origin, a bare pass-through component and Weir; each component has a host of its own.

mod component;
mod ledger;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Effort,
    address::Address,
    fault::Fault,
    figures::{Cell, Subject},
    origin, report,
    run::{Endpoint, Host, measure},
    weir,
    workers::root,
};
use component::{Component, Order};
use ledger::Ledger;

/// The drain token of the bench's ledger.
const DRAIN_TOKEN: &str = "bench-drain-token-0000000000";

/// Measures the origin, the pass-through and Weir on Spin; returns the number of errors.
pub async fn run(effort: Effort) -> Result<usize, Fault> {
    let origin = origin::start()?;
    let origin_url = format!("http://{origin}/mcp");
    let folder = root().join("target/bench/spin");
    weir::empty(&folder)?;
    let keys = weir::Keys::new()?;
    let manifest = manifest(&folder)?;
    println!("bench: publishing the registry");
    publish(&folder, &manifest, &keys, &origin_url)?;

    let bare = Component::start(&Order {
        manifest: root().join("tests/bench/pass-through-spin/spin.toml"),
        state: folder.join("pass_through"),
        variables: vec![("origin", origin.to_string())],
    })?;
    let mut variables = keys.variables();
    // Unused here, but the ledger refuses to serve without it.
    variables.push(("ledger_read_token", "bench-read-token-00000000000".to_owned()));
    variables.push(("ledger_drain_token", DRAIN_TOKEN.to_owned()));
    let gateway = Component::start(&Order { manifest, state: folder.join("weir"), variables })?;
    let mut ledger = Ledger::new(&gateway.url, DRAIN_TOKEN)?;

    let token = keys.token("half")?;
    let (own, plain) = (Address::parse(&origin_url)?, origin::tool_name(0));
    let at = |url: &str| Address::parse(url).map(|address| address.at("/mcp"));
    let mut subjects = vec![
        Endpoint::new(Subject::Origin, &own, &plain, None, None)?,
        Endpoint::new(Subject::PassThrough, &at(&bare.url)?, &plain, None, None)?,
        Endpoint::new(Subject::Weir, &at(&gateway.url)?, &weir::exposed(0), Some(&token), None)?,
    ];
    let outcome = measure(&mut subjects, Some(&mut ledger), effort).await;
    if outcome.is_err() {
        eprint!("{}{}", bare.log(), gateway.log());
    }
    let cells = outcome?;
    let answered =
        subjects.iter().filter(|endpoint| endpoint.subject == Subject::Weir).map(|endpoint| endpoint.answered).sum();
    report::print_spin(&cells, (answered, ledger.stored));
    report::write(&cells, Path::new("spin.json"))?;
    Ok(cells.iter().map(|cell: &Cell| cell.errors).sum())
}

impl Host for Ledger {
    /// Drains Weir's outbox into the trail and the books, as in production.
    fn settle(&mut self, subject: &Endpoint) -> Result<(), Fault> {
        if subject.subject == Subject::Weir { self.drain() } else { Ok(()) }
    }
}

/// Copies the manifest that `cargo xtask bench` has prepared.
fn manifest(folder: &Path) -> Result<PathBuf, Fault> {
    let prepared = env::var_os("WEIR_SPIN_MANIFEST").map(PathBuf::from);
    let prepared = prepared
        .ok_or_else(|| Fault::Found("WEIR_SPIN_MANIFEST is not set: run `cargo xtask bench --host spin`".to_owned()))?;
    let path = folder.join("spin.toml");
    fs::copy(&prepared, &path).map_err(|source| Fault::File { path: prepared, source })?;
    Ok(path)
}

/// Publishes the registry with the `weir` command.
fn publish(folder: &Path, manifest: &Path, keys: &weir::Keys, origin_url: &str) -> Result<(), Fault> {
    let (registry, key) = (folder.join("registry"), folder.join("publisher.json"));
    for (name, text) in weir::one_virtual_server(origin_url) {
        write(&registry.join(name), &text)?;
    }
    write(&key, keys.publisher())?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // It describes the bench; `ring`, which compares it, would be compiled again.
    command.env_remove("CARGO_MANIFEST_DIR");
    command.current_dir(root()).args(["run", "--quiet", "--package", "weir", "--", "registry", "publish"]);
    command.arg(registry).arg("--key").arg(key).args(["--to", "spin", "--manifest"]).arg(manifest);
    let status = command.arg("--state").arg(folder.join("weir")).status()?;
    if status.success() { Ok(()) } else { Err(Fault::Found("`weir registry publish` failed".to_owned())) }
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text)).map_err(|source| Fault::File { path: path.to_owned(), source })
}
