//! Calls whose client resets its connection: at once, or while the gateway or the origin is at work.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use crate::{fault::Fault, message::Shot};

/// How long clients wait, in turn, before they go. A warm call beside fifteen others takes some milliseconds.
const PATIENCE: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(3)];

/// Begins `count` calls, one after the other, and ends none.
pub async fn run(shot: &Shot, count: usize) -> Result<(), Fault> {
    let request = written(shot);
    for patience in PATIENCE.into_iter().cycle().take(count) {
        let mut stream = TcpStream::connect(&shot.address.sockets[..]).await?;
        stream.write_all(&request).await?;
        sleep(patience).await;
        // What is closed so sends a reset (RST) and no orderly end (FIN).
        stream.set_zero_linger()?;
    }
    Ok(())
}

/// The request as it is on the wire.
fn written(shot: &Shot) -> Vec<u8> {
    let mut bytes =
        format!("POST {} HTTP/1.1\r\ncontent-length: {}\r\n", shot.address.path, shot.body.len()).into_bytes();
    for (name, value) in &shot.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&shot.body);
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use serde_json::json;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    use super::*;
    use crate::{address::Address, message::Dress};

    #[tokio::test]
    async fn clients_send_a_request_and_reset() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port should be free");
        let url = format!("http://{}/mcp", listener.local_addr().expect("it has an address"));
        let address = Address::parse(&url).expect("loopback should be taken");
        let shot = Shot::new(&address, Dress::Modern, "tools/call", json!({ "name": "a" }), &[]).expect("a shot");
        let client = tokio::spawn(async move { run(&shot, 2).await });
        listener.accept().await.expect("the first client should come");
        let (mut second, _) = listener.accept().await.expect("the second should come");
        let mut read = Vec::new();
        let ended = second.read_to_end(&mut read).await.map_err(|error| error.kind());
        assert_eq!(ended, Err(ErrorKind::ConnectionReset), "it should end with a reset");
        assert!(read.starts_with(b"POST /mcp HTTP/1.1\r\ncontent-length: "), "a request should have come");
        assert!(read.ends_with(b"}"), "with its body");
        client.await.expect("it should end").expect("the resets should be sent");
    }
}
