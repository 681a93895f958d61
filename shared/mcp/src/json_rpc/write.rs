//! Writes the four kinds of JSON-RPC messages, and replaces one value of a message; JSON values go in byte for byte.

use bytes::{BufMut, Bytes, BytesMut};

use super::RequestId;
use json::{Members, RawJson, write_member, write_string};

/// The space reserved for a message without its id, method and values, in bytes.
const ENVELOPE_BYTES: usize = 96;

/// Writes a request: `{"jsonrpc":"2.0","id":ID,"method":METHOD,"params":{…}}`.
#[must_use]
pub fn request(id: &RequestId, method: &str, params: &Members) -> Bytes {
    let mut out = begin(Some(id), method.len() + params.text_bytes());
    call(&mut out, method, params);
    out.into()
}

/// Writes a notification: `{"jsonrpc":"2.0","method":METHOD,"params":{…}}`.
#[must_use]
pub fn notification(method: &str, params: &Members) -> Bytes {
    let mut out = begin(None, method.len() + params.text_bytes());
    call(&mut out, method, params);
    out.into()
}

/// Writes a response with a result: `{"jsonrpc":"2.0","id":ID,"result":{…}}`.
#[must_use]
pub fn result_response(id: &RequestId, result: &RawJson) -> Bytes {
    let mut out = begin(Some(id), result.as_str().len());
    write_member(&mut out, "result", result);
    out.push('}');
    out.into()
}

/// Writes a response with an error: `{"jsonrpc":"2.0","id":ID,"error":{"code":CODE,"message":MESSAGE,"data":…}}`.
///
/// `id` is `None` only if the request's id could not be read; the member is then absent, not null (MCP 2026-07-28, base
/// protocol).
#[must_use]
pub fn error_response(id: Option<&RequestId>, code: i64, message: &str, data: Option<&RawJson>) -> Bytes {
    let mut out = begin(id, message.len() + data.map_or(0, |data| data.as_str().len()));
    out.push_str(",\"error\":{\"code\":");
    out.push_str(&code.to_string());
    out.push_str(",\"message\":");
    write_string(&mut out, message);
    if let Some(data) = data {
        write_member(&mut out, "data", data);
    }
    out.push_str("}}");
    out.into()
}

/// Replaces `old`, a value that was cut from `message`, such as its id; every other byte stays. `None` if `old` is not
/// a slice of `message`.
///
/// The message is not parsed again: the slice itself shows its position.
#[must_use]
pub fn replace(message: &Bytes, old: &RawJson, new: &RawJson) -> Option<Bytes> {
    let begin = old.as_bytes().as_ptr().addr().checked_sub(message.as_ptr().addr())?;
    let rest = message.get(begin.checked_add(old.as_bytes().len())?..)?;
    let mut out = BytesMut::with_capacity(message.len() + new.as_bytes().len());
    out.put_slice(message.get(..begin)?);
    out.put_slice(new.as_bytes());
    out.put_slice(rest);
    Some(out.freeze())
}

fn begin(id: Option<&RequestId>, parts: usize) -> String {
    let mut out = String::with_capacity(ENVELOPE_BYTES + id.map_or(0, |id| id.as_raw().as_str().len()) + parts);
    out.push_str("{\"jsonrpc\":\"2.0\"");
    if let Some(id) = id {
        write_member(&mut out, "id", id.as_raw());
    }
    out
}

fn call(out: &mut String, method: &str, params: &Members) {
    out.push_str(",\"method\":");
    write_string(out, method);
    out.push_str(",\"params\":");
    params.write(out);
    out.push('}');
}
