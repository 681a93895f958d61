//! What an isolate keeps after a tenth of the calls and after all, many of them reset by their clients.

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
    run::{Asked, pass_through},
    weir,
    workers::{Order, Worker, Workers, root},
};

/// Steps, each ended by a look at the memory; the first is the measure for the last.
const STEPS: usize = 10;

/// Of so many calls one is reset by its client.
const RESET_EVERY: usize = 10;

/// How much more an isolate may keep after the last step than after the first. Its allocator takes memory in pages for the most
/// that calls ever needed at once, and gives none back, so equal is not exactly equal; but one leaked allocation a call,
/// of the smallest size there is, 16 bytes, would be more than this.
const MOST_GROWTH: f64 = 1.15;

/// All steps of a subject end within this, or the bench does.
const PATIENCE: Duration = Duration::from_secs(900);

/// What was seen at the end of a step, bytes.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// What the isolate keeps once garbage is collected, wasm's memory included.
    pub kept: u64,
    /// What is resident of its workerd, the local queue and all.
    pub resident: u64,
}

/// Measures; the number of errors, growth beyond the bound among them.
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
    let (count, looks) = subject(&mut workers, Subject::Weir, gateway, Some(&token), step).await?;
    println!();
    let unaccounted = count.verdict();
    println!("\nbounds (the target is no growth)");
    let grown = growth(&looks, step);
    println!(
        "  resident set, all of workerd, grew by {:.2} of what the pass-through's grew by",
        share(&looks, &beside)
    );
    Ok(errors + count.errors + unaccounted + grown)
}

/// Loads one of them step by step.
async fn subject(
    workers: &mut Workers,
    subject: Subject,
    order: Order,
    token: Option<&str>,
    step: usize,
) -> Result<(Count, Vec<Look>), Fault> {
    let worker = workers.worker(&Order { inspected: true, ..order })?;
    let address = Address::parse(&worker.url)?.at("/mcp");
    let tool = if subject == Subject::Weir { weir::exposed(0) } else { origin::tool_name(0) };
    let mut asked = Asked::new(subject, &address, &tool, token, None)?;
    asked.prove().await?;
    let began = clock::now();
    let mut count = Count { answered: asked.answered, ..Count::default() };
    let mut looks = Vec::new();
    for at in 1..=STEPS {
        let measured = calls(&asked, step, began).await?;
        count.add(&measured, step / RESET_EVERY);
        if let Some(error) = &measured.first_error {
            eprintln!("bench: {error}\n{}", workers.log(&worker));
        }
        count.events = settled(workers, &worker, count.answered)?;
        let look = Look { kept: workers.kept(&worker)?, resident: workers.memory(&worker)? };
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        println!(
            "bench: {subject:<20} after {:>6} calls: the isolate keeps {:>5.1} MiB, resident {:>6.1} MiB",
            at * step,
            mebibytes(look.kept),
            mebibytes(look.resident)
        );
        looks.push(look);
    }
    workers.stop(&worker)?;
    Ok((count, looks))
}

/// What became of the calls.
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

    /// Prints them; one error if an answer has no event, or a call has two. A call may have been reset before anybody read
    /// it, then it has none.
    fn verdict(&self) -> usize {
        let Self { answered, reset, errors, events } = self;
        println!("bench: {answered} answers, {reset} resets, {errors} errors, {events} audit events");
        let accounted = (*answered..=answered + reset).contains(events);
        if !accounted {
            eprintln!("bench: every answer should have its event, and no call more than one");
        }
        usize::from(!accounted)
    }
}

/// `calls` of them side by side, the resets among the others.
async fn calls(asked: &Asked, calls: usize, began: Instant) -> Result<Measured, Fault> {
    let left = PATIENCE.saturating_sub(began.elapsed());
    let resets = calls / RESET_EVERY;
    let load = Load { connections: 15, time: left, most: calls - resets };
    let (measured, reset) =
        tokio::join!(load::run(asked.shot(Row::Call), load), reset::run(asked.shot(Row::Call), resets));
    reset?;
    if measured.latencies.len() + measured.errors < calls - resets {
        return Err(Fault::Found(format!("not done within {} s", PATIENCE.as_secs())));
    }
    Ok(measured)
}

/// The events that were delivered, once there are enough and no more come.
fn settled(workers: &mut Workers, worker: &Worker, least: u64) -> Result<u64, Fault> {
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

/// Prints what the isolate keeps after the last step against the first; one error if that is too much.
fn growth(looks: &[Look], step: usize) -> usize {
    let [first, .., last] = looks else { return 1 };
    let ratio = last.kept as f64 / first.kept as f64;
    let met = ratio <= MOST_GROWTH;
    println!(
        "  {:<7} what the isolate keeps after {} calls, against after {step} {ratio:>8.2} ×   bound ≤ {MOST_GROWTH:.2} ×",
        if met { "met" } else { "MISSED" },
        step * looks.len(),
    );
    usize::from(!met)
}

/// How much more of its workerd became resident, as a share of how much more of the other's did.
fn share(looks: &[Look], beside: &[Look]) -> f64 {
    let grown = |looks: &[Look]| match looks {
        [first, .., last] => last.resident as f64 - first.resident as f64,
        _ => 0.0,
    };
    grown(looks) / grown(beside).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(kept: [u64; 3]) -> Vec<Look> {
        kept.map(|kept| Look { kept, resident: 2 * kept }).to_vec()
    }

    #[test]
    fn growth_beyond_the_bound_is_an_error() {
        assert_eq!(growth(&looks([1000, 1300, 1150]), 10), 0, "memory that was given back should not count");
        assert_eq!(growth(&looks([1000, 1050, 1151]), 10), 1);
        assert_eq!(growth(&[], 10), 1, "nothing seen should not pass");
    }

    #[test]
    fn growth_is_a_share_of_the_others() {
        let share = share(&looks([1000, 0, 1300]), &looks([1000, 0, 1600]));
        assert!((share - 0.5).abs() < 1e-9, "it should be 0.5, not {share}");
    }

    #[test]
    fn every_answer_has_one_event_and_a_reset_at_most_one() {
        let verdict = |events| Count { answered: 90, reset: 10, errors: 0, events }.verdict();
        assert_eq!([89, 90, 100, 101].map(verdict), [1, 0, 0, 1]);
    }
}
