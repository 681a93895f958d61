//! The cost report as CSV: the ledger's cells, without what would control a terminal or run in a spreadsheet.

use audit::focus::guarded;
use csv::{ReaderBuilder, Terminator, WriterBuilder};

use crate::output::legible;

/// Writes the records of `body` again. A report that is well written stays the same, byte for byte.
pub fn harmless(body: &[u8]) -> Vec<u8> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
    let mut writer = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(Vec::new());
    // Reading bytes and writing to memory don't fail.
    for record in reader.byte_records().flatten() {
        let _ = writer.write_record(record.iter().map(cell));
    }
    writer.into_inner().unwrap_or_default()
}

fn cell(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let number = text.strip_prefix('-').unwrap_or(&text);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { text.into_owned() } else { legible(&guarded(&text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_neither_controls_a_terminal_nor_is_a_formula() {
        for (body, expected) in [
            (&b"a,b\r\n1,'=1+1\r\n"[..], "a,b\r\n1,'=1+1\r\n"),
            (b"a,\"b, c\",\"d \"\"e\"\"\"\r\n", "a,\"b, c\",\"d \"\"e\"\"\"\r\n"),
            (b"=1+1,-0.5,-1+1,@x,\"\t=1\"\n", "'=1+1,-0.5,'-1+1,'@x,'\\t=1\r\n"),
            (b"\x1b[2Ja,\xc2\x9bb,\xe2\x80\xaec,\xff\r\n", "\\u{1b}[2Ja,\\u{9b}b,\\u{202e}c,\u{fffd}\r\n"),
            (b"\"a\nb\",c\r\n", "a\\nb,c\r\n"),
        ] {
            assert_eq!(String::from_utf8_lossy(&harmless(body)), expected);
        }
    }
}
