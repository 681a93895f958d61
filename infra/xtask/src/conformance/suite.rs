//! The official suite's server scenarios, and the reader of its reports.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

use super::{
    Revision, Row,
    expected::{Expected, required},
    official,
};
use crate::{
    command::{Fault, not_started},
    serving::Folder,
};

/// The length of `-2026-11-21T06-57-26-832Z` at the end of the name of a report's folder.
const TIME: usize = 25;

/// Runs the suite's server scenarios against the virtual server of `revision`.
///
/// # Errors
/// The suite could not be run.
pub fn server(revision: Revision, gateway: &str, folder: &Folder, expected: &Expected) -> Result<Row, Fault> {
    let reports = folder.path(&format!("server-{}", revision.number));
    let mut command = official()?;
    command.args(["server", "--url", &format!("{gateway}/mcp/{}", revision.era)]);
    command.args(["--requirements", revision.number, "--output-dir"]).arg(&reports);
    let printed = output(&mut command)?;
    folder.write(&format!("server-{}.log", revision.number), &printed)?;

    let required = required(revision.number, "server")?;
    let mut row = Row::new(format!("{} server", revision.number));
    let failures = failures(&reports)?;
    let ran = summary(&printed);
    for scenario in &ran {
        let known = expected.of_server(&scenario.name);
        let why = || failures.get(&scenario.name).cloned().unwrap_or_else(|| "it could not be run".to_owned());
        row.add(&scenario.name, required.contains(&scenario.name), known, scenario.failed.then(why));
    }
    for missing in required.iter().filter(|name| !ran.iter().any(|scenario| scenario.name == **name)) {
        row.add(missing, true, false, Some("the suite did not run it".to_owned()));
    }
    Ok(row)
}

/// The output of a program, whatever its exit code: the reports decide.
pub fn output(command: &mut Command) -> Result<String, Fault> {
    let output = command.output().map_err(|source| not_started(command, source))?;
    Ok(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// A line of the suite's summary.
#[derive(Debug, PartialEq, Eq)]
struct Scenario {
    name: String,
    failed: bool,
}

/// The lines `✓ NAME: 2 passed, 0 failed` below `=== SUMMARY ===`.
fn summary(printed: &str) -> Vec<Scenario> {
    let lines = printed.lines().skip_while(|line| !line.contains("=== SUMMARY ==="));
    let marked = lines.filter_map(|line| {
        let (name, counts) = line.strip_prefix(['✓', '✗'])?.trim().split_once(": ")?;
        Some(Scenario { name: name.to_owned(), failed: !counts.ends_with(" 0 failed") })
    });
    marked.collect()
}

/// The failures in the reports of a folder, by scenario.
pub fn failures(reports: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let fault = |source| Fault::File { path: reports.to_owned(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(reports).map_err(fault)? {
        let folder = entry.map_err(fault)?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let scenario = name.len().checked_sub(TIME).and_then(|end| name.get(..end)).unwrap_or(&name);
        let scenario = scenario.strip_prefix("server-").unwrap_or(scenario);
        let report = fs::read_to_string(folder.join("checks.json")).unwrap_or_default();
        let failed = failed_checks(&serde_json::from_str(&report).unwrap_or_default());
        if !failed.is_empty() {
            found.insert(scenario.to_owned(), failed.join("; "));
        }
    }
    Ok(found)
}

/// `ID: REASON` of each check that failed.
fn failed_checks(report: &Value) -> Vec<String> {
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    let checks = report.as_array().into_iter().flatten().filter(|check| check["status"] == "FAILURE");
    checks.map(|check| format!("{}: {}", text(check, "id"), text(check, "errorMessage"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_has_a_line_for_each_scenario() {
        let printed = "✓ not yet: 1 passed, 0 failed\n\n=== SUMMARY ===\n✓ ping: 2 passed, 0 failed\n✗ caching: 1 passed, 10 failed\n\n\
                    Total: 3 passed, 10 failed\n  ✓ ping (extension)\n";
        let read: Vec<_> = summary(printed).into_iter().map(|scenario| (scenario.name, scenario.failed)).collect();
        assert_eq!(read, [("ping".to_owned(), false), ("caching".to_owned(), true)]);
    }

    #[test]
    fn failed_checks_say_what_was_wrong() {
        let report = serde_json::json!([
            { "id": "fine", "status": "SUCCESS" },
            { "id": "bad", "status": "FAILURE", "errorMessage": "it should not" },
        ]);
        assert_eq!(failed_checks(&report), ["bad: it should not"]);
    }
}
