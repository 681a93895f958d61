//! The time of a refusal: a virtual server that the caller may not see, and one that does not exist.
//!
//! The two responses are alike, so only their time could tell them apart. They are requested in pairs in alternating
//! order on one connection: once when the gateway must read its store, and once more from its memory.

use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use serde_json::json;

use crate::{
    address::Address,
    clock,
    fault::Fault,
    load,
    message::{Protocol, RequestTemplate, value},
    origin, weir,
    workers::{Order, Workers, root},
};

/// The number of measured pairs.
const PAIRS: usize = 200;

/// The pairs before the first measured one: a new isolate is slow for other reasons.
const WARM_UP: usize = 20;

/// The largest median difference that meets the target, as a fraction of the median time.
const TARGET_DIFFERENCE: f64 = 0.05;

/// The differences of one row.
struct Differences {
    /// The median time of an unknown virtual server, microseconds.
    unknown: f64,
    /// The median of hidden minus unknown, microseconds.
    difference: f64,
}

/// Measures on a Worker of its own and prints the rows. Returns the number of errors, always 0: an unexpected response
/// ends the run with a [`Fault`].
pub async fn run() -> Result<usize, Fault> {
    let origin_url = format!("http://{}/mcp", origin::start()?);
    let folder = root().join("target/bench/hidden");
    weir::empty(&folder)?;
    let keys = weir::Keys::new()?;
    let seed = folder.join("seed.jsonl");
    keys.seal(&weir::many_virtual_servers(&origin_url, PAIRS + WARM_UP), &seed)?;
    let mut workers = Workers::start()?;
    let worker = workers.worker(&Order { seed: Some(seed), ..keys.order(&folder.join("stores")) })?;
    let address = Address::parse(&worker.url)?;
    let pairs: Vec<[RequestTemplate; 2]> =
        (0..PAIRS + WARM_UP).map(|at| pair(&keys, &address, at)).collect::<Result<_, _>>()?;
    let first = pairs.first().ok_or_else(|| "no pairs".to_owned())?;
    let mut sender = load::connect(&first[0]).await?;
    println!("\n{PAIRS} pairs of a hidden and an unknown virtual server, interleaved, 1 connection");
    for title in ["asked for the first time", "asked again"] {
        let mut times = Vec::new();
        for (at, pair) in pairs.iter().enumerate() {
            let [hidden, unknown] = ask(&mut sender, pair, at % 2 == 1).await?;
            times.push((hidden, unknown));
        }
        print(title, &differences(times.get(WARM_UP..).unwrap_or_default()));
    }
    workers.stop(&worker)?;
    Ok(0)
}

/// The requests for the virtual server number `at`, which the caller may not see, and for one that does not exist. The
/// names have the same length.
fn pair(keys: &weir::Keys, address: &Address, at: usize) -> Result<[RequestTemplate; 2], Fault> {
    let template = |name: String| {
        let token = keys.token_for(&format!("/mcp/{name}"), "nobody")?;
        let headers = [(header::AUTHORIZATION, value(&format!("Bearer {token}"))?)];
        let address = address.clone().at(&format!("/mcp/{name}"));
        RequestTemplate::new(&address, Protocol::Modern, "tools/list", json!({}), &headers)
    };
    Ok([template(weir::team(at))?, template(weir::team(50_000 + at))?])
}

/// Sends both requests; returns the times in the order of `pair`.
async fn ask(
    sender: &mut SendRequest<Full<Bytes>>,
    pair: &[RequestTemplate; 2],
    last_first: bool,
) -> Result<[Duration; 2], Fault> {
    let mut times = [Duration::ZERO; 2];
    for position in if last_first { [1, 0] } else { [0, 1] } {
        let (Some(template), Some(time)) = (pair.get(position), times.get_mut(position)) else { continue };
        let start = clock::now();
        let answer = load::exchange(sender, template, template.body.clone()).await?;
        *time = start.elapsed();
        if answer.status != StatusCode::NOT_FOUND {
            return Err(Fault::Found(format!("{} says {}, not 404", template.address.path, answer.status)));
        }
    }
    Ok(times)
}

fn differences(times: &[(Duration, Duration)]) -> Differences {
    let microseconds = |time: &Duration| time.as_secs_f64() * 1e6;
    let unknown = times.iter().map(|(_, unknown)| microseconds(unknown)).collect();
    let difference = times.iter().map(|(hidden, unknown)| microseconds(hidden) - microseconds(unknown)).collect();
    Differences { unknown: median(unknown), difference: median(difference) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn print(title: &str, Differences { unknown, difference }: &Differences) {
    let part = difference / unknown;
    let verdict = if part.abs() <= TARGET_DIFFERENCE { "met" } else { "MISSED" };
    println!(
        "  {verdict:<7} {title:<26} unknown p50 {unknown:>8.0} µs   median of hidden − unknown {difference:>+8.1} µs \
         ({:+.1} %)   target within {:.0} %",
        part * 100.0,
        TARGET_DIFFERENCE * 100.0
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_is_median_of_pairs() {
        let time = Duration::from_micros;
        let shown = differences(&[(time(110), time(100)), (time(900), time(200)), (time(302), time(300))]);
        assert!((shown.unknown - 200.0).abs() < 1e-6, "{}", shown.unknown);
        assert!((shown.difference - 10.0).abs() < 1e-6, "one slow pair should not count: {}", shown.difference);
    }
}
