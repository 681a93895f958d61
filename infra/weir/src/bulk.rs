//! Signed records as a file for `wrangler kv bulk put`.
//!
//! ```json
//! [{"key":"head","value":"ZXlK…","base64":true}, …]
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::failure::Failure;

/// One element of the file.
#[derive(Serialize)]
struct Pair<'a> {
    key: &'a str,
    value: String,
    base64: bool,
}

/// The JSON array of `records`, which are keys and signed bytes.
pub fn bulk(records: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Failure> {
    let pairs = records.iter().map(|(key, bytes)| Pair { key, value: STANDARD.encode(bytes), base64: true });
    Ok(serde_json::to_vec(&pairs.collect::<Vec<_>>())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_has_every_record_in_order() {
        let records = [("quarantine".to_owned(), b"a\n{}".to_vec()), ("head".to_owned(), b"b\n{}".to_vec())];
        let json = String::from_utf8(bulk(&records).expect("records are JSON")).expect("JSON is text");
        assert_eq!(
            json,
            r#"[{"key":"quarantine","value":"YQp7fQ==","base64":true},{"key":"head","value":"Ygp7fQ==","base64":true}]"#
        );
    }
}
