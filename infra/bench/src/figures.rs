//! What was measured, as figures: rows for machines, a table and ratios for people.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::load::Measured;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The origin itself.
    Origin,
    /// A bare JavaScript Worker before it.
    PassThrough,
    /// The same with one queue message per request.
    PassThroughAudited,
    /// The gateway with everything on.
    Weir,
    /// The same in an isolate that sends its queue messages in batches: a row of its own, in no file.
    WeirBatched,
    /// Whatever `--url` names.
    Url,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Row {
    /// A call whose result is 1 KiB.
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

/// One row of one subject at one number of connections, over all rounds.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What was asked.
    pub row: Row,
    /// Who answered.
    pub subject: Subject,
    /// On how many connections.
    pub connections: usize,
    /// Of all rounds, in no order until [`Cell::figures`].
    latencies: Vec<Duration>,
    /// Of each round, requests per second.
    rates: Vec<f64>,
    /// Answers that were none.
    pub errors: usize,
}

/// A line of `workers.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// What was asked.
    pub row: Row,
    /// Who answered.
    pub subject: Subject,
    /// On how many connections.
    pub connections: usize,
    /// The median of the rounds.
    pub requests_per_second: f64,
    /// Half of the answers took at most this, microseconds; of all rounds together.
    pub p50_us: f64,
    /// Nine of ten.
    pub p90_us: f64,
    /// Ninety-nine of a hundred.
    pub p99_us: f64,
    /// Answers that were none.
    pub errors: usize,
}

impl Cell {
    /// Nothing yet.
    pub const fn new(row: Row, subject: Subject, connections: usize) -> Self {
        Self { row, subject, connections, latencies: Vec::new(), rates: Vec::new(), errors: 0 }
    }

    /// Adds a round.
    pub fn add(&mut self, measured: Measured) {
        if !measured.took.is_zero() {
            self.rates.push(measured.latencies.len() as f64 / measured.took.as_secs_f64());
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

/// The value that `share` of the sorted `values` don't exceed (nearest rank); zero of none.
pub fn percentile(values: &[Duration], share: f64) -> Duration {
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The middle value; of an even number the mean of the middle two; zero of none.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    if values.len() % 2 == 1 { at(middle) } else { (at(middle.saturating_sub(1)) + at(middle)) / 2.0 }
}

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
    fn median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn figures_are_written_as_others_read_them() {
        let mut cell = Cell::new(Row::Call, Subject::PassThroughAudited, 16);
        let latencies = vec![Duration::from_micros(300), Duration::from_micros(100)];
        cell.add(Measured { latencies, requests: 2, errors: 1, first_error: None, took: Duration::from_secs(2) });
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
