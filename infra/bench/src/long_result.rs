//! The memory of a result of 10 MB while its client reads it slowly.

use http_body_util::BodyExt;
use tokio::{net::TcpSocket, time::timeout};

use crate::{
    address::Address,
    fault::Fault,
    figures::{Row, Subject},
    load::{self, Load},
    memory::MemorySample,
    message,
    origin::{LONG_BYTES, Tool},
    report::Target,
    run::Endpoint,
    weir,
    workers::{Order, Worker, Workers},
};

/// Memory samples during the response: before the first read and after each further fifth.
const SAMPLES: usize = 5;

/// The receive buffer of the client's socket, bytes: the rest waits in workerd or the origin.
const SOCKET_BYTES: u32 = 64 * 1024;

/// The memory that the isolate may keep beyond before, bytes.
const MAX_EXTRA: u64 = 2_000_000;

/// The memory before, during and after one result.
#[derive(Debug)]
pub struct Cost {
    tool: Tool,
    before: MemorySample,
    /// The maximum of each value during the response.
    most: MemorySample,
    after: MemorySample,
}

/// Measures one result in a new, warm isolate.
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
    let endpoint = |at: usize| Endpoint::new(Subject::Weir, &address, &weir::exposed(at), Some(token), None);
    // Memory that an isolate allocates once, for responses of any length, must not count.
    for at in [0, Tool::Stream.at()] {
        let warm =
            load::run(endpoint(at)?.template(Row::Call), Load { connections: 4, time: load::DEADLINE, most: 100 })
                .await;
        if let Some(error) = warm.first_error {
            return Err(Fault::Found(format!("a short call: {error}")));
        }
    }
    let before = sample(workers, worker)?;

    let endpoint = endpoint(tool.at())?;
    let template = endpoint.template(Row::Call);
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(SOCKET_BYTES)?;
    let sockets = &template.address.sockets;
    let to = sockets.first().ok_or_else(|| Fault::Found("nowhere to connect to".to_owned()))?;
    let mut sender = load::handshake(socket.connect(*to).await?).await?;
    let request = template.request(template.body.clone())?;
    let late = |_| Fault::Found("a long result made no progress for 20 s".to_owned());
    let response = timeout(load::DEADLINE, sender.send_request(request)).await.map_err(late)?;
    let (head, mut body) = response.map_err(load::broken)?.into_parts();
    let (mut read, mut most, mut samples) = (Vec::with_capacity(LONG_BYTES + 1024), before, 0);
    loop {
        if read.len() >= samples * LONG_BYTES / SAMPLES && samples < SAMPLES {
            // This process has one thread, so nothing is read during a sample.
            let sample = sample(workers, worker)?;
            most = MemorySample { kept: most.kept.max(sample.kept), resident: most.resident.max(sample.resident) };
            samples += 1;
        }
        let Some(frame) = timeout(load::DEADLINE, body.frame()).await.map_err(late)? else { break };
        if let Ok(data) = frame.map_err(load::broken)?.into_data() {
            read.extend_from_slice(&data);
        }
    }
    let result = message::result(head.status.as_u16(), load::is_event_stream(&head.headers), &read)?;
    if result.get().len() < LONG_BYTES {
        return Err(Fault::Found(format!("the result should have {LONG_BYTES} bytes, not {}", result.get().len())));
    }
    Ok(Cost { tool, before, most, after: sample(workers, worker)? })
}

/// Samples the resident set and the memory kept after garbage collection.
fn sample(workers: &mut Workers, worker: &Worker) -> Result<MemorySample, Fault> {
    let resident = workers.memory(worker)?;
    Ok(MemorySample { kept: workers.kept(worker)?.bytes, resident })
}

/// Prints the table.
pub fn print(costs: &[Result<Cost, Fault>]) {
    println!(
        "\nmemory of a result of 10 MB that weir's client reads slowly, MB: before, the most while it flows, after"
    );
    for Cost { tool, before, most, after } in costs.iter().flatten() {
        let kept = [before, most, after].map(|sample| megabytes(sample.kept));
        let resident = [before, most, after].map(|sample| megabytes(sample.resident));
        let shown = |[before, most, after]: [f64; 3]| format!("{before:>7.2} {most:>7.2} {after:>7.2}");
        println!("  {:<21} the isolate keeps {}   resident {}", name(*tool), shown(kept), shown(resident));
    }
}

/// The target of one result; missed if it failed.
pub fn target(tool: Tool, cost: &Result<Cost, Fault>) -> Target {
    let extra = cost.as_ref().ok().map(Cost::extra);
    Target {
        name: match tool {
            Tool::LongJson => "result of 10 MB in one JSON body: what the isolate keeps beyond before",
            _ => "result of 10 MB as one event: what the isolate keeps beyond before",
        },
        value: extra.map_or_else(|| "no result".to_owned(), |extra| format!("{:.2} MB", megabytes(extra))),
        bound: "≤ 2 MB",
        met: extra.is_some_and(|extra| extra <= MAX_EXTRA),
    }
}

impl Cost {
    /// The maximum beyond the memory before. Wasm memory never shrinks, so its maximum is also the value afterwards.
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
    fn target_is_met_at_its_bound_and_missed_beyond() {
        let sample = |kept| MemorySample { kept, resident: 0 };
        let met = |most, after| {
            let cost = Cost { tool: Tool::LongEvent, before: sample(1000), most: sample(most), after: sample(after) };
            target(Tool::LongEvent, &Ok(cost)).met
        };
        assert!(met(2_001_000, 1000), "2 MB should be allowed");
        assert!(!met(2_001_001, 1000), "more while it flows should not");
        assert!(!met(1000, 2_001_001), "more afterwards was there at some time");
        assert!(!target(Tool::LongJson, &Err(Fault::Found("gone".to_owned()))).met, "no result should meet nothing");
    }

    #[tokio::test]
    async fn origin_responds_with_10_megabytes() {
        let address = origin::start().expect("the origin should start");
        let address = Address::parse(&format!("http://{address}/mcp")).expect("loopback should be taken");
        for tool in [Tool::LongEvent, Tool::LongJson] {
            let endpoint = Endpoint::new(Subject::Origin, &address, &origin::tool_name(tool.at()), None, None);
            let (results, _) =
                load::once(endpoint.expect("a subject").template(Row::Call)).await.expect("it should answer");
            assert_eq!(results[0].to_string().len(), LONG_BYTES, "{tool:?} should be as long as it says");
        }
    }
}
