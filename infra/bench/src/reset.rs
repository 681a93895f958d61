//! Calls whose client resets its connection: at once, or while the gateway or the origin is working.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use crate::{fault::Fault, message::RequestTemplate};

/// The delays before a reset, in turn. A warm call beside fifteen others takes some milliseconds.
const DELAYS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(3)];

/// Starts `count` calls, one after another, and resets each.
pub async fn run(template: &RequestTemplate, count: usize) -> Result<(), Fault> {
    let request = wire_format(template);
    for delay in DELAYS.into_iter().cycle().take(count) {
        let mut stream = TcpStream::connect(&template.address.sockets[..]).await?;
        stream.write_all(&request).await?;
        sleep(delay).await;
        // Without linger, closing sends RST in place of FIN.
        stream.set_zero_linger()?;
    }
    Ok(())
}

/// The bytes of the request.
fn wire_format(template: &RequestTemplate) -> Vec<u8> {
    let mut bytes =
        format!("POST {} HTTP/1.1\r\ncontent-length: {}\r\n", template.address.path, template.body.len()).into_bytes();
    for (name, value) in &template.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&template.body);
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use serde_json::json;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    use super::*;
    use crate::{address::Address, message::Protocol};

    #[tokio::test]
    async fn client_sends_request_and_resets() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port should be free");
        let url = format!("http://{}/mcp", listener.local_addr().expect("it has an address"));
        let address = Address::parse(&url).expect("loopback should be taken");
        let template = RequestTemplate::new(&address, Protocol::Modern, "tools/call", json!({ "name": "a" }), &[])
            .expect("a template");
        let client = tokio::spawn(async move { run(&template, 2).await });
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
