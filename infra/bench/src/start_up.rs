//! Start-up: the time from the order of a Worker, in a new workerd, to its first good response.

use std::time::Duration;

use crate::{
    address::Address,
    fault::Fault,
    figures::{Row, Subject, median},
    load,
    run::Endpoint,
    workers::{Order, Workers},
};

/// A subject to start: its order, the tool to call, the token.
pub type StartUp<'a> = (&'a Order, &'a str, Option<&'a str>);

/// Starts each subject `times` times, in turn, and calls it once. Returns the medians in the order of `subjects`.
///
/// All subjects start the same workerd with the same bindings, so the differences are their own.
pub async fn measure(workers: &mut Workers, subjects: &[StartUp<'_>], times: usize) -> Result<Vec<Duration>, Fault> {
    let mut times_of = vec![Vec::with_capacity(times); subjects.len()];
    for time in 0..times {
        for position in 0..subjects.len() {
            let at = (position + time) % subjects.len();
            let (order, tool, token) = subjects[at];
            let worker = workers.worker(order)?;
            let address = Address::parse(&worker.url)?.at("/mcp");
            let endpoint = Endpoint::new(Subject::Weir, &address, tool, token, None)?;
            let first = load::once(endpoint.template(Row::Call)).await;
            let log = if first.is_err() { workers.log(&worker) } else { String::new() };
            let (_, answered) = first.map_err(|fault| Fault::Found(format!("the first call: {fault}\n{log}")))?;
            times_of[at].push((worker.elapsed + answered).as_secs_f64());
            workers.stop(&worker)?;
        }
    }
    Ok(times_of.iter().map(|seconds| Duration::from_secs_f64(median(seconds))).collect())
}
