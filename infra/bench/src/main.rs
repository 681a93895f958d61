//! The bench: the same load on the origin, a bare pass-through, an auditing one, and Weir. `cargo xtask bench` runs it.
//!
//! ```text
//! load (this process) ──▶ origin (a thread of it)
//!          │                 ▲
//!          ├──▶ workerd, one each: pass_through · pass_through_audited · weir · weir_batched (tests/bench/workers.mjs)
//!          └──▶ or a host of Spin components, one each: pass_through · weir         (--host spin)
//! ```
//!
//! On workerd, streams follow: the time to the first event, and the memory of a result of 10 MB; then the time of a
//! refusal, of a hidden and of an unknown virtual server.
//! Only ratios within one run are meaningful: every subject is measured in every round, in turn.

mod address;
mod clock;
mod elsewhere;
mod fault;
mod figures;
mod first_byte;
mod hidden;
mod load;
mod long_result;
mod memory;
mod message;
mod origin;
mod progress;
mod registry_size;
mod report;
mod reset;
mod run;
mod spin;
mod start_up;
mod weir;
mod workers;

use std::{process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use http::{HeaderName, HeaderValue};

use fault::Fault;

/// Measures Weir against the origin and against pass-throughs.
#[derive(Parser)]
struct Arguments {
    /// Short rounds: checks that everything works; the figures are rough.
    #[arg(long)]
    quick: bool,
    /// Measures this MCP endpoint on loopback, `http:` only.
    #[arg(long, conflicts_with = "registry_size")]
    url: Option<String>,
    /// A header of every request to --url, `Name: value`; repeat it for several.
    #[arg(long, requires = "url", value_name = "HEADER", value_parser = parse_header)]
    header: Vec<(HeaderName, HeaderValue)>,
    /// The tool to call at --url [default: the first in its list].
    #[arg(long, requires = "url")]
    tool: Option<String>,
    /// Measures registries of 10, 1,000 and 10,000 virtual servers.
    #[arg(long)]
    registry_size: bool,
    /// Measures the memory that an isolate keeps after many calls.
    #[arg(long, conflicts_with_all = ["url", "registry_size"])]
    memory: bool,
    /// Runs one measurement only: can a hidden virtual server be told from an unknown one by the time of the refusal?
    #[arg(long, conflicts_with_all = ["url", "registry_size", "memory", "host"])]
    hidden: bool,
    /// The platform to measure.
    #[arg(long, value_enum, default_value_t = Host::Workers)]
    host: Host,
}

/// The platform of the subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Host {
    /// workerd.
    Workers,
    /// `spin up`, or the test host of Spin components.
    Spin,
}

/// The duration and the bounds of each part of a run.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Rounds; each measures every subject.
    rounds: usize,
    /// The time of one subject, row and number of connections in one round.
    time: Duration,
    /// The time of the same before the first round.
    warm_up: Duration,
    /// Requests in that time, at most.
    most: usize,
    /// Starts of each subject.
    starts: usize,
    /// Streams per subject whose first byte is timed.
    streams: usize,
    /// Calls of the memory run; the memory after all is compared with that after a tenth.
    calls: usize,
}

impl Effort {
    const FULL: Self = Self {
        rounds: 7,
        time: Duration::from_millis(1500),
        warm_up: Duration::from_millis(800),
        most: 50_000,
        starts: 9,
        streams: 200,
        calls: 100_000,
    };
    const QUICK: Self = Self {
        rounds: 5,
        time: Duration::from_millis(100),
        warm_up: Duration::from_millis(100),
        most: 2_000,
        starts: 2,
        streams: 40,
        calls: 20_000,
    };
}

fn main() -> ExitCode {
    match bench(&Arguments::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(errors) => {
            eprintln!("bench: {errors} errors, see above; the figures count good responses only");
            ExitCode::FAILURE
        }
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> Result<usize, Fault> {
    if let Some(load) = load_average().filter(|load| *load > 1.0) {
        println!("bench: the machine is busy (load average {load:.1}): the figures are unreliable until it is idle");
    }
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    // One thread: on a small machine more threads would take processor time from the subjects.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match &arguments.url {
            Some(url) => elsewhere::run(url, &arguments.header, arguments.tool.as_deref(), effort).await,
            None if arguments.memory => memory::run(effort).await,
            None if arguments.hidden => hidden::run().await,
            None if arguments.registry_size => registry_size::run(effort).await,
            None => match arguments.host {
                Host::Workers => Ok(run::run(effort).await? + hidden::run().await?),
                Host::Spin => spin::run(effort).await,
            },
        }
    })
}

/// The load average of the last minute; `None` if the system has none.
fn load_average() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Reads `Name: value`.
fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("write a header as `Name: value`")?;
    let name = name.trim().parse().map_err(|_| format!("`{name}` is no name of a header"))?;
    let mut value = HeaderValue::from_str(value.trim())
        .map_err(|_| "the value has characters that no header may have".to_owned())?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_split_at_first_colon() {
        let (name, value) = parse_header("Authorization: Bearer a:b").expect("a header should be read");
        assert_eq!((name.as_str(), value.as_bytes()), ("authorization", &b"Bearer a:b"[..]));
        assert!(parse_header("nonsense").is_err(), "a text without a colon should be refused");
    }

    #[test]
    fn every_effort_has_five_rounds() {
        for effort in [Effort::FULL, Effort::QUICK] {
            assert!(effort.rounds >= 5, "{} rounds are too few for a median", effort.rounds);
        }
    }
}
