//! `weir status`: the state of a deployment, from its records and from its gateway.

mod report;
mod store;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::health::HealthEndpoint;
use crate::live::Live;
use crate::output::{Format, print_json};
use report::Report;

/// The exit code if calls are served, but something is missing or must be renewed soon.
const WARNED: u8 = 6;

/// `weir status`
#[derive(Debug, Args)]
#[command(after_help = "\
With --live it reads the records that gateways read now, as they do: signatures, validity, and the secrets that the
published registry needs. It also asks /healthz of the gateway, at --url or at the address in the live registry. Without
--live it asks the gateway alone. The names of missing secrets are shown for the gateway's HEALTH_TOKEN only.

From half of the validity on, `head` and `quarantine` are to be renewed: publish again.

Exit codes:
  0  everything is well
  1  no call is served: a record is missing, not authentic or expired, or the gateway can't be reached
  2  the command can't be run as typed, or a file can't be read
  6  calls are served, but something is missing, or a record has passed half of its validity
  7  the store can't be read, so that nothing is known: no login, no network, another folder

Examples:
  weir status --live --remote --keys publisher.public.json --token-file health.token
  weir status --live --from spin --keys publisher.public.json --url http://127.0.0.1:3000
  weir status --url https://mcp.example.com --format json || echo renew or mend")]
pub struct Status {
    #[command(flatten)]
    live: Live,
    /// The gateway's address [default: `url` of the live registry]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The file with the gateway's secret `HEALTH_TOKEN`; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Status {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        let Self { live, url, token_file, format } = self;
        if !live.is_live() && live.is_named() {
            return Err(Failure::Usage("the flags of a store and --keys are for --live"));
        }
        if !live.is_live() && url.is_none() {
            return Err(Failure::Usage("name the records with --live, or the gateway with --url, or both"));
        }
        let mut report = Report::default();
        if live.is_live() {
            store::look(&live.open()?, &mut report)?;
        }
        let url = url.or_else(|| report.store.as_ref().map(|store| store.url.clone()));
        if let Some(url) = url {
            report.ask(&HealthEndpoint::open(&url, token_file.as_deref())?);
        }
        match format {
            Format::Json => print_json(&report)?,
            Format::Text => print!("{report}"),
        }
        Ok(match (report.has_fault(), report.findings.is_empty()) {
            (true, _) => ExitCode::from(1),
            (false, false) => ExitCode::from(WARNED),
            (false, true) => ExitCode::SUCCESS,
        })
    }
}
