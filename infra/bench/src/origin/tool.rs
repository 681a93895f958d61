//! The tools whose response is a stream or a long result.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, channel::Channel};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tokio::time::sleep;

use super::{Body, RESULT_BYTES, call_result, response, with_status};

/// The length of a long result, bytes of JSON.
pub const LONG_BYTES: usize = 10_000_000;

/// The pause between the first event of a stream and its result.
pub const PAUSE: Duration = Duration::from_millis(50);

/// A tool with a special response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A stream: one event at once, and the result after [`PAUSE`].
    Stream,
    /// A stream of one event: a result of [`LONG_BYTES`], sent as fast as it is read.
    LongEvent,
    /// The same result as one JSON body.
    LongJson,
}

/// The params of a call.
#[derive(Deserialize)]
struct Params<'a> {
    name: &'a str,
}

impl Tool {
    /// The tool's number in the origin; even, because the group of the bench may call those.
    pub const fn at(self) -> usize {
        match self {
            Self::Stream => 2,
            Self::LongEvent => 4,
            Self::LongJson => 6,
        }
    }

    /// The tool that a call names; `None` for a tool without a special response.
    pub fn of_call(params: Option<&RawValue>) -> Option<Self> {
        let params: Params<'_> = serde_json::from_str(params?.get()).ok()?;
        let at: usize = params.name.strip_prefix("tool_")?.parse().ok()?;
        [Self::Stream, Self::LongEvent, Self::LongJson].into_iter().find(|tool| tool.at() == at)
    }

    /// The response to the request `id`.
    pub fn respond(self, id: &RawValue) -> Response<Body> {
        match self {
            Self::Stream => {
                let progress = json!({
                    "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "bench", "progress": 1 },
                });
                stream(event(&progress.to_string()), event(&response(id, &call_result(RESULT_BYTES))))
            }
            Self::LongEvent => {
                event_stream(with_status(StatusCode::OK, event(&response(id, &call_result(LONG_BYTES)))))
            }
            Self::LongJson => with_status(StatusCode::OK, response(id, &call_result(LONG_BYTES)).into()),
        }
    }
}

/// One event with `data`.
fn event(data: &str) -> Bytes {
    ["event: message\ndata: ", data, "\n\n"].concat().into()
}

/// A stream with `first` at once and `last` after [`PAUSE`].
fn stream(first: Bytes, last: Bytes) -> Response<Body> {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        // An error means that the client has disconnected.
        if sender.send_data(first).await.is_ok() {
            sleep(PAUSE).await;
            let _ = sender.send_data(last).await;
        }
    });
    event_stream(Response::new(Either::Right(body)))
}

fn event_stream(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

#[cfg(test)]
mod tests {
    use super::super::tool_name;
    use super::*;

    #[test]
    fn tool_is_found_by_name() {
        for tool in [Tool::Stream, Tool::LongEvent, Tool::LongJson] {
            let params = json!({ "name": tool_name(tool.at()), "arguments": {} }).to_string();
            let params = RawValue::from_string(params).expect("params should be JSON");
            assert_eq!(Tool::of_call(Some(&params)), Some(tool));
            assert_eq!(tool.at() % 2, 0, "{tool:?} should be one that the bench's group may call");
        }
        let other = RawValue::from_string(json!({ "name": tool_name(0) }).to_string()).expect("params should be JSON");
        assert_eq!(Tool::of_call(Some(&other)), None, "the others answer at once");
    }
}
