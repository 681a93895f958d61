//! The memory run: the memory that an isolate keeps after a tenth of the calls and after all; some calls are reset.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    Effort,
    address::Address,
    clock,
    fault::Fault,
    figures::{Row, Subject},
    load::{self, Load, Measured},
    origin, reset,
    run::{Endpoint, pass_through},
    weir,
    workers::{Order, Worker, Workers, root},
};

/// Steps, each with a memory sample at its end; the last sample is compared with the first.
const STEPS: usize = 10;

/// One of this many calls is reset by its client.
const RESET_EVERY: usize = 10;

/// The growth from the first sample to the last that is allowed, as a ratio. The allocator keeps the pages of the
/// highest use and returns none, so equal memory is not exactly equal; one leaked allocation of 16 bytes per call
/// would exceed it.
const MAX_GROWTH: f64 = 1.15;

/// The deadline of all steps of a subject.
const DEADLINE: Duration = Duration::from_secs(900);

/// A memory sample, bytes.
#[derive(Debug, Clone, Copy)]
pub struct MemorySample {
    /// The memory that the isolate keeps after garbage collection.
    pub kept: u64,
    /// The resident set of its workerd, including the local queue.
    pub resident: u64,
}

/// Measures; returns the number of errors, including growth beyond the bound.
pub async fn run(effort: Effort) -> Result<usize, Fault> {
    let origin_url = format!("http://{}/mcp", origin::start()?);
    let folder = root().join("target/bench/memory");
    weir::empty(&folder)?;
    let keys = weir::Keys::new()?;
    let seed = folder.join("seed.jsonl");
    keys.seal(&weir::one_virtual_server(&origin_url), &seed)?;
    let audited = pass_through("pass_through_audited.mjs", &origin_url, &folder.join("pass_through_audited"));
    let gateway = Order { seed: Some(seed), ..keys.order(&folder.join("weir")) };
    let token = keys.token("half")?;
    let mut workers = Workers::start()?;
    let step = effort.calls / STEPS;
    println!("bench: {} calls of each, every {RESET_EVERY}th reset by its client", effort.calls);

    let (count, beside) = subject(&mut workers, Subject::PassThroughAudited, audited, None, step).await?;
    let errors = count.errors;
    let (count, samples) = subject(&mut workers, Subject::Weir, gateway, Some(&token), step).await?;
    println!();
    let unaccounted = count.verdict();
    println!("\nbounds (the goal is no growth)");
    let over_bound = growth(&samples, step);
    println!("  growth of the resident set of workerd, against the pass-through's: {:.2} ×", share(&samples, &beside));
    Ok(errors + count.errors + unaccounted + over_bound)
}

/// Loads one subject step by step.
async fn subject(
    workers: &mut Workers,
    subject: Subject,
    order: Order,
    token: Option<&str>,
    step: usize,
) -> Result<(Count, Vec<MemorySample>), Fault> {
    let worker = workers.worker(&Order { inspected: true, ..order })?;
    let address = Address::parse(&worker.url)?.at("/mcp");
    let tool = if subject == Subject::Weir { weir::exposed(0) } else { origin::tool_name(0) };
    let mut endpoint = Endpoint::new(subject, &address, &tool, token, None)?;
    endpoint.prove().await?;
    let start = clock::now();
    let mut count = Count { answered: endpoint.answered, ..Count::default() };
    let (mut samples, mut sizes) = (Vec::new(), Vec::new());
    for at in 1..=STEPS {
        let measured = calls(&endpoint, step, start).await?;
        count.add(&measured, step / RESET_EVERY);
        if let Some(error) = &measured.first_error {
            eprintln!("bench: {error}\n{}", workers.log(&worker));
        }
        count.events = wait_for_events(workers, &worker, count.answered)?;
        let kept = workers.kept(&worker)?;
        let sample = MemorySample { kept: kept.bytes, resident: workers.memory(&worker)? };
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        println!(
            "bench: {subject:<20} after {:>6} calls: the isolate keeps {:>5.1} MiB ({:>4.1} wasm, {:>5} JavaScript \
             values), resident {:>6.1} MiB",
            at * step,
            mebibytes(sample.kept),
            mebibytes(kept.wasm),
            kept.slots,
            mebibytes(sample.resident)
        );
        sizes = kept.sizes;
        samples.push(sample);
    }
    workers.stop(&worker)?;
    if !sizes.is_empty() {
        println!("bench: sizes of what the isolate remembers, at the end");
        sizes.iter().for_each(|size| println!("  {size}"));
    }
    Ok((count, samples))
}

/// The outcomes of the calls.
#[derive(Debug, Default)]
struct Count {
    answered: u64,
    reset: u64,
    errors: usize,
    events: u64,
}

impl Count {
    fn add(&mut self, measured: &Measured, reset: usize) {
        self.answered += measured.requests as u64;
        self.errors += measured.errors;
        self.reset += reset as u64;
    }

    /// Prints the outcomes; returns 1 if a response has no event or a call has two. A call that was reset before it
    /// was read has none.
    fn verdict(&self) -> usize {
        let Self { answered, reset, errors, events } = self;
        println!("bench: {answered} responses, {reset} resets, {errors} errors, {events} audit events");
        let accounted = (*answered..=answered + reset).contains(events);
        if !accounted {
            eprintln!("bench: every response should have one event, and no call more than one");
        }
        usize::from(!accounted)
    }
}

/// Runs `calls` calls; one connection resets its share while the others wait for responses.
async fn calls(endpoint: &Endpoint, calls: usize, start: Instant) -> Result<Measured, Fault> {
    let left = DEADLINE.saturating_sub(start.elapsed());
    let resets = calls / RESET_EVERY;
    let load = Load { connections: 15, time: left, most: calls - resets };
    let (measured, reset) =
        tokio::join!(load::run(endpoint.template(Row::Call), load), reset::run(endpoint.template(Row::Call), resets));
    reset?;
    if measured.latencies.len() + measured.errors < calls - resets {
        return Err(Fault::Found(format!("not done within {} s", DEADLINE.as_secs())));
    }
    Ok(measured)
}

/// The number of delivered events, after at least `least` have arrived and no more follow.
fn wait_for_events(workers: &mut Workers, worker: &Worker, least: u64) -> Result<u64, Fault> {
    const STEP: Duration = Duration::from_millis(200);
    const STEPS: usize = 100;
    let mut before = 0;
    for _ in 0..STEPS {
        thread::sleep(STEP);
        let events = workers.events(worker)?;
        if events >= least && events == before {
            break;
        }
        before = events;
    }
    Ok(before)
}

/// Prints the growth from the first sample to the last; returns 1 if it exceeds the bound.
fn growth(samples: &[MemorySample], step: usize) -> usize {
    let [first, .., last] = samples else { return 1 };
    let ratio = last.kept as f64 / first.kept as f64;
    let met = ratio <= MAX_GROWTH;
    println!(
        "  {:<7} memory kept after {} calls, against after {step} {ratio:>8.2} ×   bound ≤ {MAX_GROWTH:.2} ×",
        if met { "met" } else { "MISSED" },
        step * samples.len(),
    );
    usize::from(!met)
}

/// The growth of the resident set as a share of the other subject's growth.
fn share(samples: &[MemorySample], beside: &[MemorySample]) -> f64 {
    let grown = |samples: &[MemorySample]| match samples {
        [first, .., last] => last.resident as f64 - first.resident as f64,
        _ => 0.0,
    };
    grown(samples) / grown(beside).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(kept: [u64; 3]) -> Vec<MemorySample> {
        kept.map(|kept| MemorySample { kept, resident: 2 * kept }).to_vec()
    }

    #[test]
    fn growth_beyond_the_bound_is_an_error() {
        assert_eq!(growth(&samples([1000, 1300, 1150]), 10), 0, "memory that was returned should not count");
        assert_eq!(growth(&samples([1000, 1050, 1151]), 10), 1);
        assert_eq!(growth(&[], 10), 1, "no samples should not pass");
    }

    #[test]
    fn share_is_relative_to_other_subject() {
        let share = share(&samples([1000, 0, 1300]), &samples([1000, 0, 1600]));
        assert!((share - 0.5).abs() < 1e-9, "it should be 0.5, not {share}");
    }

    #[test]
    fn response_has_one_event_and_reset_at_most_one() {
        let verdict = |events| Count { answered: 90, reset: 10, errors: 0, events }.verdict();
        assert_eq!([89, 90, 100, 101].map(verdict), [1, 0, 0, 1]);
    }
}
