//! The official suite's client scenarios: each starts its own server, and Weir is the client under test.

use crate::{
    build::{Host, Profile},
    command::{Fault, not_started, root, shown},
    serving::{Folder, Secrets, Served, node},
};

use super::{
    Places, Revision, Row,
    expected::{Expected, required},
    official, suite,
};

/// Client scenarios that the suite runs without scoring. `auth/*` is left out: it is about OAuth clients, see
/// expected-failures.yml.
const UNSCORED: [&str; 1] = ["json-schema-2020-12-preservation"];

/// The time limit of one scenario, in milliseconds.
const TIME_LIMIT: &str = "20000";

/// Plays every client scenario that `revision` requires, except the kinds that are known to fail.
///
/// # Errors
/// The gateway or the suite could not be run.
pub fn run(
    host: Host,
    revision: Revision,
    places: &Places,
    folder: &Folder,
    secrets: &Secrets,
    expected: &Expected,
) -> Result<Row, Fault> {
    let required = required(revision.number, "client")?;
    let mut row = Row::new(format!("{} origin leg", revision.number));
    for scenario in required.iter().map(String::as_str).chain(UNSCORED) {
        let scored = required.iter().any(|name| name == scenario);
        if expected.of_client(scenario) && scenario.starts_with("auth/") {
            // Scenarios about OAuth in a browser: Weir has nothing to play them.
            row.add(scenario, scored, true, Some("Weir discovers no authorization server of its origins".to_owned()));
            continue;
        }
        // One gateway per scenario, so that it has no memory of another scenario's server.
        let served = Served::start(host, Profile::Release, [places.gateway, places.ledger], folder, secrets)?;
        let failure = play(revision, scenario, places, folder)?;
        if failure.is_some() {
            eprint!("{}", served.last_lines());
        }
        row.add(scenario, scored, expected.of_client(scenario), failure);
    }
    Ok(row)
}

/// Plays one scenario; returns the reason if it failed.
fn play(revision: Revision, scenario: &str, places: &Places, folder: &Folder) -> Result<Option<String>, Fault> {
    let reports = folder.path(&format!("client-{}", revision.number)).join(scenario);
    let mut driver = node(&root().join("tests/conformance/clients/scenario.mjs"))?;
    driver.args([&format!("{}/mcp/scenario", places.gateway.url()), &places.scenario.port.to_string()]);
    let mut command = official()?;
    command.args(["client", "--command", &shown(&driver), "--scenario", scenario, "--timeout", TIME_LIMIT]);
    command.args(["--spec-version", revision.number, "--output-dir"]).arg(&reports);
    let output = command.output().map_err(|source| not_started(&command, source))?;
    if output.status.success() {
        return Ok(None);
    }
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    folder.write(&format!("client-{}-{scenario}.log", revision.number), &printed)?;
    let found = suite::failures(&reports)?.into_values().next();
    Ok(Some(found.unwrap_or_else(|| format!("see client-{}-{scenario}.log", revision.number))))
}
