//! What a result of 10 MB costs in memory while its client reads it slowly.

use http_body_util::BodyExt;
use tokio::{net::TcpSocket, time::timeout};

use crate::{
    address::Address,
    fault::Fault,
    figures::{Row, Subject},
    load::{self, Load},
    memory::Look,
    message,
    origin::{LONG_BYTES, Tool},
    report::Target,
    run::Asked,
    weir,
    workers::{Order, Worker, Workers},
};

/// Looks while the result flows: before its client has read any, and after every further share.
const LOOKS: usize = 5;

/// What the client's socket takes before it is read: the rest is somebody else's to hold.
const SOCKET_BYTES: u32 = 64 * 1024;

/// How much more the isolate may keep than before, bytes.
const MOST_EXTRA: u64 = 2_000_000;

/// What one such result has cost.
#[derive(Debug)]
pub struct Cost {
    tool: Tool,
    before: Look,
    /// The most of each while it flowed.
    most: Look,
    after: Look,
}

/// Lets one pass through an isolate that is new but warm, and looks on.
pub async fn measure(workers: &mut Workers, order: &Order, token: &str, tool: Tool) -> Result<Cost, Fault> {
    let worker = workers.worker(&Order { inspected: true, ..order.clone() })?;
    let outcome = pass(workers, &worker, token, tool).await;
    if outcome.is_err() {
        eprint!("{}", workers.log(&worker));
    }
    workers.stop(&worker)?;
    outcome
}

async fn pass(workers: &mut Workers, worker: &Worker, token: &str, tool: Tool) -> Result<Cost, Fault> {
    let address = Address::parse(&worker.url)?.at("/mcp");
    let asked = |at: usize| Asked::new(Subject::Weir, &address, &weir::exposed(at), Some(token), None);
    // What an isolate takes once, for calls and streams of any length, is not what a long one costs.
    for at in [0, Tool::Stream.at()] {
        let warm =
            load::run(asked(at)?.shot(Row::Call), Load { connections: 4, time: load::PATIENCE, most: 100 }).await;
        if let Some(error) = warm.first_error {
            return Err(Fault::Found(format!("a short call: {error}")));
        }
    }
    let before = look(workers, worker)?;

    let asked = asked(tool.at())?;
    let shot = asked.shot(Row::Call);
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(SOCKET_BYTES)?;
    let sockets = &shot.address.sockets;
    let to = sockets.first().ok_or_else(|| Fault::Found("nowhere to connect to".to_owned()))?;
    let mut sender = load::handshake(socket.connect(*to).await?).await?;
    let request = shot.request(shot.body.clone())?;
    let late = |_| Fault::Found("a long result stood still for 20 s".to_owned());
    let answer = timeout(load::PATIENCE, sender.send_request(request)).await.map_err(late)?;
    let (head, mut body) = answer.map_err(load::broken)?.into_parts();
    let (mut read, mut most, mut looks) = (Vec::with_capacity(LONG_BYTES + 1024), before, 0);
    loop {
        if read.len() >= looks * LONG_BYTES / LOOKS && looks < LOOKS {
            // This process has one thread: while it looks, nobody reads.
            let look = look(workers, worker)?;
            most = Look { kept: most.kept.max(look.kept), resident: most.resident.max(look.resident) };
            looks += 1;
        }
        let Some(frame) = timeout(load::PATIENCE, body.frame()).await.map_err(late)? else { break };
        if let Ok(data) = frame.map_err(load::broken)?.into_data() {
            read.extend_from_slice(&data);
        }
    }
    let result = message::result(head.status.as_u16(), load::is_event_stream(&head.headers), &read)?;
    if result.get().len() < LONG_BYTES {
        return Err(Fault::Found(format!("the result should have {LONG_BYTES} bytes, not {}", result.get().len())));
    }
    Ok(Cost { tool, before, most, after: look(workers, worker)? })
}

/// What is resident, and what is kept once garbage is collected.
fn look(workers: &mut Workers, worker: &Worker) -> Result<Look, Fault> {
    let resident = workers.memory(worker)?;
    Ok(Look { kept: workers.kept(worker)?, resident })
}

/// The rows of the table.
pub fn print(costs: &[Result<Cost, Fault>]) {
    println!(
        "\nmemory of a result of 10 MB that weir's client reads slowly, MB: before, the most while it flows, after"
    );
    for Cost { tool, before, most, after } in costs.iter().flatten() {
        let kept = [before, most, after].map(|look| megabytes(look.kept));
        let resident = [before, most, after].map(|look| megabytes(look.resident));
        let shown = |[before, most, after]: [f64; 3]| format!("{before:>7.2} {most:>7.2} {after:>7.2}");
        println!("  {:<21} the isolate keeps {}   resident {}", name(*tool), shown(kept), shown(resident));
    }
}

/// What is asked of each; a result that didn't pass meets nothing.
pub fn target(tool: Tool, cost: &Result<Cost, Fault>) -> Target {
    let extra = cost.as_ref().ok().map(Cost::extra);
    Target {
        what: match tool {
            Tool::LongJson => "result of 10 MB in one JSON body: what the isolate keeps beyond before",
            _ => "result of 10 MB as one event: what the isolate keeps beyond before",
        },
        value: extra.map_or_else(|| "no result".to_owned(), |extra| format!("{:.2} MB", megabytes(extra))),
        bound: "≤ 2 MB",
        met: extra.is_some_and(|extra| extra <= MOST_EXTRA),
    }
}

impl Cost {
    /// The most beyond what was kept before. wasm's memory never shrinks, so what it had at its most is there afterwards.
    fn extra(&self) -> u64 {
        self.most.kept.max(self.after.kept).saturating_sub(self.before.kept)
    }
}

const fn name(tool: Tool) -> &'static str {
    match tool {
        Tool::Stream => "stream",
        Tool::LongEvent => "as one event",
        Tool::LongJson => "in one JSON body",
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin;

    #[test]
    fn the_target_is_met_at_its_bound_and_missed_beyond() {
        let look = |kept| Look { kept, resident: 0 };
        let met = |most, after| {
            let cost = Cost { tool: Tool::LongEvent, before: look(1000), most: look(most), after: look(after) };
            target(Tool::LongEvent, &Ok(cost)).met
        };
        assert!(met(2_001_000, 1000), "2 MB should be allowed");
        assert!(!met(2_001_001, 1000), "more while it flows should not");
        assert!(!met(1000, 2_001_001), "more afterwards was there at some time");
        assert!(!target(Tool::LongJson, &Err(Fault::Found("gone".to_owned()))).met, "no result should meet nothing");
    }

    #[tokio::test]
    async fn the_origin_answers_with_10_megabytes() {
        let address = origin::start().expect("the origin should start");
        let address = Address::parse(&format!("http://{address}/mcp")).expect("loopback should be taken");
        for tool in [Tool::LongEvent, Tool::LongJson] {
            let asked = Asked::new(Subject::Origin, &address, &origin::tool_name(tool.at()), None, None);
            let (results, _) = load::once(asked.expect("a subject").shot(Row::Call)).await.expect("it should answer");
            assert_eq!(results[0].to_string().len(), LONG_BYTES, "{tool:?} should be as long as it says");
        }
    }
}
