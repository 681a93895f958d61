//! Start-up: from the order for a Worker, in a workerd of its own, to its first answered call.

use std::time::Duration;

use crate::{
    address::Address,
    fault::Fault,
    figures::{Row, Subject, median},
    load,
    run::Asked,
    workers::{Order, Workers},
};

/// A subject that is started: its order, the tool that is called, the token.
pub type Started<'a> = (&'a Order, &'a str, Option<&'a str>);

/// Starts each subject `times` times, in turn, and calls it once. The medians, in the order of `subjects`.
///
/// All of them start the same workerd with the same bindings, so what they differ in is their own.
pub async fn measure(workers: &mut Workers, subjects: &[Started<'_>], times: usize) -> Result<Vec<Duration>, Fault> {
    let mut took = vec![Vec::with_capacity(times); subjects.len()];
    for time in 0..times {
        for position in 0..subjects.len() {
            let at = (position + time) % subjects.len();
            let (order, tool, token) = subjects[at];
            let worker = workers.worker(order)?;
            let address = Address::parse(&worker.url)?.at("/mcp");
            let asked = Asked::new(Subject::Weir, &address, tool, token, None)?;
            let first = load::once(asked.shot(Row::Call)).await;
            let log = if first.is_err() { workers.log(&worker) } else { String::new() };
            let (_, answered) = first.map_err(|fault| Fault::Found(format!("the first call: {fault}\n{log}")))?;
            took[at].push((worker.took + answered).as_secs_f64());
            workers.stop(&worker)?;
        }
    }
    Ok(took.iter().map(|seconds| Duration::from_secs_f64(median(seconds))).collect())
}
