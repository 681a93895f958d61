//! Weir's ledger, asked to drain, and counting.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde::Deserialize;

use crate::{address::Address, fault::Fault};

/// Longer than any round of draining takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The ledger's drain.
pub(super) struct Ledger {
    address: Address,
    token: String,
    /// Events that it has stored so far.
    pub stored: u64,
}

/// What became of the events of a round.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Drained {
    stored: u64,
    failed: u64,
    left: u64,
}

impl Ledger {
    /// At the components' address.
    pub(super) fn new(url: &str, token: &str) -> Result<Self, Fault> {
        Ok(Self { address: Address::parse(url)?.at("/ledger/drain"), token: token.to_owned(), stored: 0 })
    }

    /// Until nothing waits.
    pub(super) fn drain(&mut self) -> Result<(), Fault> {
        loop {
            let answer = self.ask()?;
            let drained = read(&answer).ok_or_else(|| Fault::Found(format!("the ledger does not drain: {answer}")))?;
            self.stored += drained.stored;
            if drained.failed > 0 {
                return Err(Fault::Found(format!("{} events could not be stored", drained.failed)));
            }
            if drained.left == 0 {
                return Ok(());
            }
        }
    }

    /// In HTTP/1.0, so that the answer is not chunked and ends with the connection.
    fn ask(&self) -> Result<String, Fault> {
        let mut stream = TcpStream::connect(&self.address.sockets[..])?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let Self { address: Address { authority, path, .. }, token, .. } = self;
        write!(
            stream,
            "POST {path} HTTP/1.0\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// The body of a good answer.
fn read(answer: &str) -> Option<Drained> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    (head.split(' ').nth(1)? == "200").then(|| serde_json::from_str(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_good_answer_counts() {
        let body = r#"{"stored":3,"duplicate":0,"rejected":0,"failed":1,"left":1}"#;
        let good = format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}");
        assert_eq!(read(&good), Some(Drained { stored: 3, failed: 1, left: 1 }));
        assert_eq!(read(&good.replace("200 OK", "401 Unauthorized")), None, "a refusal should not count");
        assert_eq!(read("nonsense"), None, "what is not HTTP should not");
    }
}
