//! The tools that answer otherwise than with 1 KiB of JSON at once.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, channel::Channel};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tokio::time::sleep;

use super::{Body, RESULT_BYTES, called, response, with_status};

/// How long a long result is, bytes of JSON.
pub const LONG_BYTES: usize = 10_000_000;

/// Between the first event of a stream and the result.
pub const PAUSE: Duration = Duration::from_millis(50);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A stream: one event at once, after [`PAUSE`] the result.
    Stream,
    /// A stream of one event: a result of [`LONG_BYTES`], sent as fast as it is taken.
    LongEvent,
    /// The same result as one JSON body.
    LongJson,
}

#[derive(Deserialize)]
struct Params<'a> {
    name: &'a str,
}

impl Tool {
    /// Which tool of the origin it is: one that the group of the bench may call.
    pub const fn at(self) -> usize {
        match self {
            Self::Stream => 2,
            Self::LongEvent => 4,
            Self::LongJson => 6,
        }
    }

    /// The one that a call names.
    pub fn called(params: Option<&RawValue>) -> Option<Self> {
        let params: Params<'_> = serde_json::from_str(params?.get()).ok()?;
        let at: usize = params.name.strip_prefix("tool_")?.parse().ok()?;
        [Self::Stream, Self::LongEvent, Self::LongJson].into_iter().find(|tool| tool.at() == at)
    }

    /// Its answer to the request `id`.
    pub fn answer(self, id: &RawValue) -> Response<Body> {
        match self {
            Self::Stream => {
                let told = json!({
                    "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "bench", "progress": 1 },
                });
                stream(event(&told.to_string()), event(&response(id, &called(RESULT_BYTES))))
            }
            Self::LongEvent => event_stream(with_status(StatusCode::OK, event(&response(id, &called(LONG_BYTES))))),
            Self::LongJson => with_status(StatusCode::OK, response(id, &called(LONG_BYTES)).into()),
        }
    }
}

fn event(data: &str) -> Bytes {
    ["event: message\ndata: ", data, "\n\n"].concat().into()
}

/// `first` now, `last` later.
fn stream(first: Bytes, last: Bytes) -> Response<Body> {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        // Who doesn't listen any more misses nothing.
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
    fn tools_are_known_by_their_names() {
        for tool in [Tool::Stream, Tool::LongEvent, Tool::LongJson] {
            let params = json!({ "name": tool_name(tool.at()), "arguments": {} }).to_string();
            let params = RawValue::from_string(params).expect("params should be JSON");
            assert_eq!(Tool::called(Some(&params)), Some(tool));
            assert_eq!(tool.at() % 2, 0, "{tool:?} should be one that the bench's group may call");
        }
        let other = RawValue::from_string(json!({ "name": tool_name(0) }).to_string()).expect("params should be JSON");
        assert_eq!(Tool::called(Some(&other)), None, "the others answer at once");
    }
}
