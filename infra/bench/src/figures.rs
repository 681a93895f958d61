//! The figures of a run, computed from its measurements.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::load::Measured;

/// A server that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The origin, called directly.
    Origin,
    /// A bare pass-through in front of the origin.
    PassThrough,
    /// The pass-through with one queue message per request.
    PassThroughAudited,
    /// The gateway with every feature on.
    Weir,
    /// The gateway in an isolate that sends its queue messages in batches; printed, but in no file.
    WeirBatched,
    /// The endpoint of `--url`.
    Url,
}

/// The request of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Row {
    /// A call with a result of 1 KiB.
    #[serde(rename = "tools/call")]
    Call,
    /// The list of 500 tools.
    #[serde(rename = "tools/list")]
    List,
}

impl Row {
    /// The JSON-RPC method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Call => "tools/call",
            Self::List => "tools/list",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Origin => "origin",
            Self::PassThrough => "pass_through",
            Self::PassThroughAudited => "pass_through_audited",
            Self::Weir => "weir",
            Self::WeirBatched => "weir_batched",
            Self::Url => "url",
        })
    }
}

/// The measurements of one row of one subject at one number of connections, over all rounds.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The request.
    pub row: Row,
    /// The server.
    pub subject: Subject,
    /// Concurrent connections.
    pub connections: usize,
    /// The latencies of all rounds, unsorted.
    latencies: Vec<Duration>,
    /// Requests per second of each round.
    rates: Vec<f64>,
    /// Requests without a good result.
    pub errors: usize,
}

/// A line of `workers.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The request.
    pub row: Row,
    /// The server.
    pub subject: Subject,
    /// Concurrent connections.
    pub connections: usize,
    /// The median of the rounds' rates.
    pub requests_per_second: f64,
    /// The median latency of all rounds together, microseconds.
    pub p50_us: f64,
    /// The 90th percentile, microseconds.
    pub p90_us: f64,
    /// The 99th percentile, microseconds.
    pub p99_us: f64,
    /// Requests without a good result.
    pub errors: usize,
}

impl Cell {
    /// A cell without measurements.
    pub const fn new(row: Row, subject: Subject, connections: usize) -> Self {
        Self { row, subject, connections, latencies: Vec::new(), rates: Vec::new(), errors: 0 }
    }

    /// Adds the measurements of one round.
    pub fn add(&mut self, measured: Measured) {
        if !measured.elapsed.is_zero() {
            self.rates.push(measured.latencies.len() as f64 / measured.elapsed.as_secs_f64());
        }
        self.errors += measured.errors;
        self.latencies.extend(measured.latencies);
    }

    /// The figures of all rounds.
    pub fn figures(&self) -> Figures {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let at = |share: f64| tenth(percentile(&latencies, share).as_secs_f64() * 1e6);
        Figures {
            row: self.row,
            subject: self.subject,
            connections: self.connections,
            requests_per_second: tenth(median(&self.rates)),
            p50_us: at(0.50),
            p90_us: at(0.90),
            p99_us: at(0.99),
            errors: self.errors,
        }
    }
}

/// The percentile `share` (0 to 1) of sorted `values` by nearest rank; zero without values.
pub fn percentile(values: &[Duration], share: f64) -> Duration {
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The median; the mean of the middle two of an even number; zero without values.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    if values.len() % 2 == 1 { at(middle) } else { (at(middle.saturating_sub(1)) + at(middle)) / 2.0 }
}

/// Rounds to one decimal place.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let values: Vec<Duration> = (1..=100).map(Duration::from_micros).collect();
        assert_eq!(percentile(&values, 0.50), Duration::from_micros(50));
        assert_eq!(percentile(&values, 0.99), Duration::from_micros(99));
        assert_eq!(percentile(&values[..1], 0.99), Duration::from_micros(1));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
    }

    #[test]
    fn median_is_middle_value() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn figures_have_their_json_form() {
        let mut cell = Cell::new(Row::Call, Subject::PassThroughAudited, 16);
        let latencies = vec![Duration::from_micros(300), Duration::from_micros(100)];
        cell.add(Measured { latencies, requests: 2, errors: 1, first_error: None, elapsed: Duration::from_secs(2) });
        let written = serde_json::to_value(cell.figures()).expect("figures should be JSON");
        assert_eq!(
            written,
            serde_json::json!({
                "row": "tools/call", "subject": "pass_through_audited", "connections": 16, "requests_per_second": 1.0,
                "p50_us": 100.0, "p90_us": 300.0, "p99_us": 300.0, "errors": 1,
            })
        );
    }
}
