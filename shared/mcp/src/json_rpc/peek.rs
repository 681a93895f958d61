//! The id of a request that is refused before its body is parsed, so that its client can tell which request failed.

use json::{RawJson, ScanError, Scanner, decode_string};

use super::RequestId;

/// The maximum number of bytes of a body that are read for its id: anybody can send a body.
pub const PEEK_BYTES: usize = 16 * 1024;

/// Returns the id of the request in `body`; `None` if that is no request, or if its id is not within the first
/// [`PEEK_BYTES`]. The official TypeScript and Python clients write the id last, so a longer body mostly has none
/// there.
#[must_use]
pub fn peek_id(body: &[u8]) -> Option<RequestId> {
    let begun = &body[..body.len().min(PEEK_BYTES)];
    // The last character may be cut.
    let text = match std::str::from_utf8(begun) {
        Ok(text) => text,
        Err(error) if begun.len() < body.len() => std::str::from_utf8(&begun[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let mut seen = Seen::default();
    let mut scanner = Scanner::new(text);
    let walked = scanner.object(|scanner, name| seen.member(scanner, name, text)).and_then(|()| scanner.finish());
    // Of a body that is not cut, all has to be JSON.
    let is_readable = walked.is_ok() || begun.len() < body.len();
    let id = seen.id.filter(|_| is_readable && seen.has_method && !seen.is_other)?;
    RequestId::parse(RawJson::parse(id.to_owned().into()).ok()?).ok()
}

#[derive(Default)]
struct Seen<'a> {
    id: Option<&'a str>,
    has_method: bool,
    /// A response, whose id is the server's own, or an object with two ids.
    is_other: bool,
}

impl<'a> Seen<'a> {
    fn member(&mut self, scanner: &mut Scanner<'a>, name: &'a str, text: &str) -> Result<(), ScanError> {
        let value = scanner.value()?;
        match decode_string(name).as_deref() {
            Some("id") => {
                self.is_other |= self.id.is_some();
                // A number at the very end may be cut.
                self.id = Some(value).filter(|_| scanner.position() < text.len());
            }
            Some("method") => self.has_method = true,
            Some("result" | "error") => self.is_other = true,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peeked(body: &str) -> Option<String> {
        peek_id(body.as_bytes()).map(|id| id.as_raw().as_str().to_owned())
    }

    #[test]
    fn id_of_request_is_found_first_and_last() {
        let id = |text: &str| Some(text.to_owned());
        assert_eq!(peeked(r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#), id("7"));
        assert_eq!(peeked(r#" {"method":"ping","params":{"id":1},"jsonrpc":"2.0","\u0069d":"a"} "#), id(r#""a""#));
        let long = format!(r#"{{"id":7,"method":"tools/call","params":{{"text":"{}"}}}}"#, "é".repeat(PEEK_BYTES));
        assert_eq!(peeked(&long), id("7"), "an id before long params should be found");
        let last = format!(r#"{{"method":"tools/call","params":{{"text":"{}"}},"id":7}}"#, "é".repeat(PEEK_BYTES));
        assert_eq!(peeked(&last), None, "an id beyond the bound should not be read");
    }

    #[test]
    fn body_without_request_has_no_id() {
        for body in [
            "",
            "[]",
            r#"[{"id":7,"method":"ping"}]"#,
            r#"{"id":7}"#,
            r#"{"id":7,"result":{},"method":"ping"}"#,
            r#"{"id":7,"error":{},"method":"ping"}"#,
            r#"{"id":7,"method":"ping","id":8}"#,
            r#"{"id":null,"method":"ping"}"#,
            r#"{"id":1.5,"method":"ping"}"#,
            r#"{"id":7,"method":"ping""#,
            r#"{"id":7,"method":"ping"}}"#,
            "grant_type=x&id=7",
        ] {
            assert_eq!(peeked(body), None, "{body}");
        }
        assert_eq!(peek_id(b"{\"id\":7,\"method\":\"ping\",\"x\":\"\xff\"}"), None, "no UTF-8, no JSON");
    }

    #[test]
    fn cut_number_is_no_id() {
        let padding = " ".repeat(PEEK_BYTES - r#"{"method":"ping","id":12"#.len());
        let body = format!(r#"{{"method":"ping",{padding}"id":12345,"params":{{}}}}"#);
        assert_eq!(peeked(&body), None, "of `12345`, only `12` is within the bound");
    }
}
