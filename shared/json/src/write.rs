//! Writes JSON text from strings and from JSON that is already valid.

use super::RawJson;

/// Appends a JSON string with its quotes.
pub fn write_string(out: &mut String, text: &str) {
    // Most strings are names without anything to escape.
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    // A `str` always has a JSON form; `null` keeps the text valid should that ever change.
    match serde_json::to_string(text) {
        Ok(escaped) => out.push_str(&escaped),
        Err(_) => out.push_str("null"),
    }
}

/// Appends `"name":value`, after a comma unless it is the object's first member.
pub fn write_member(out: &mut String, name: &str, value: &RawJson) {
    if !out.ends_with('{') {
        out.push(',');
    }
    write_string(out, name);
    out.push(':');
    out.push_str(value.as_str());
}
