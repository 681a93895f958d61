//! A client of the ledger's drain that counts stored events.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde::Deserialize;

use crate::{address::Address, fault::Fault};

/// The deadline of a drain, longer than any round takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The ledger's drain endpoint.
pub(super) struct Ledger {
    address: Address,
    token: String,
    /// Events stored so far.
    pub stored: u64,
}

/// The ledger's report of one round, each member a number of events.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct DrainReport {
    stored: u64,
    failed: u64,
    left: u64,
}

impl Ledger {
    /// The ledger at `url`.
    pub(super) fn new(url: &str, token: &str) -> Result<Self, Fault> {
        Ok(Self { address: Address::parse(url)?.at("/ledger/drain"), token: token.to_owned(), stored: 0 })
    }

    /// Drains until the outbox is empty.
    pub(super) fn drain(&mut self) -> Result<(), Fault> {
        loop {
            let answer = self.ask()?;
            let report = read(&answer).ok_or_else(|| Fault::Found(format!("the ledger does not drain: {answer}")))?;
            self.stored += report.stored;
            if report.failed > 0 {
                return Err(Fault::Found(format!("{} events could not be stored", report.failed)));
            }
            if report.left == 0 {
                return Ok(());
            }
        }
    }

    /// Sends the request in HTTP/1.0, so that the response is not chunked and ends with the connection.
    fn ask(&self) -> Result<String, Fault> {
        let mut stream = TcpStream::connect(&self.address.sockets[..])?;
        stream.set_read_timeout(Some(DEADLINE))?;
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

/// The report in a response with status 200.
fn read(answer: &str) -> Option<DrainReport> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    (head.split(' ').nth(1)? == "200").then(|| serde_json::from_str(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_status_200_counts() {
        let body = r#"{"stored":3,"duplicate":0,"rejected":0,"failed":1,"left":1}"#;
        let good = format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}");
        assert_eq!(read(&good), Some(DrainReport { stored: 3, failed: 1, left: 1 }));
        assert_eq!(read(&good.replace("200 OK", "401 Unauthorized")), None, "a refusal should not count");
        assert_eq!(read("nonsense"), None, "what is not HTTP should not");
    }
}
