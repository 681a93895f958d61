//! Loopback only: the addresses that this host listens on and that its components may reach.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream, lookup_host},
    time::sleep,
};

/// The pause after an accept that failed.
const PAUSE: Duration = Duration::from_millis(10);

/// The reason for which a connection could not be made.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unreachable {
    /// The name has no address.
    #[error("the host has no address")]
    NotFound,
    /// The address is not loopback.
    #[error("a test host reaches loopback only")]
    Prohibited,
    /// Nothing listens at the address.
    #[error("the connection was refused")]
    Refused,
    /// The scheme needs TLS, which this host does not have.
    #[error("a test host has no TLS: use http")]
    NoTls,
}

/// Reads a listening address of the command line.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| format!("`{text}` is not ADDRESS:PORT"))?;
    if !address.ip().is_loopback() {
        return Err("a test fixture listens on loopback only".to_owned());
    }
    Ok(address)
}

/// Listens on an address that [`address`] has accepted.
pub async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| std::io::Error::new(error.kind(), format!("{address}: {error}")))
}

/// The next connection, without Nagle's delay of small frames.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        if let Ok((stream, client)) = listener.accept().await {
            // A failure costs speed only. Spin leaves the option off: see the help.
            let _ = stream.set_nodelay(true);
            return (stream, client);
        }
        // For example, out of file descriptors until connections close.
        sleep(PAUSE).await;
    }
}

/// The loopback addresses of a host.
pub async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Unreachable> {
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let addresses: Vec<SocketAddr> = match literal {
        Ok(address) => vec![(address, port).into()],
        Err(_) => lookup_host((host, port)).await.map_err(|_| Unreachable::NotFound)?.collect(),
    };
    if addresses.is_empty() {
        return Err(Unreachable::NotFound);
    }
    let near: Vec<SocketAddr> = addresses.into_iter().filter(|address| address.ip().is_loopback()).collect();
    if near.is_empty() { Err(Unreachable::Prohibited) } else { Ok(near) }
}

/// Connects to a host on loopback.
pub async fn connect(host: &str, port: u16) -> Result<TcpStream, Unreachable> {
    let addresses = resolve(host, port).await?;
    let stream = TcpStream::connect(&*addresses).await.map_err(|_| Unreachable::Refused)?;
    // A failure costs speed only.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_beyond_loopback_is_refused() {
        for far in ["0.0.0.0:3000", "192.168.1.1:80", "[::]:80"] {
            assert!(address(far).is_err(), "`{far}` should be refused");
        }
        assert_eq!(address("127.0.0.1:0"), Ok(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert!(address("[::1]:0").is_ok(), "loopback has a second family");
    }

    #[tokio::test]
    async fn reaching_beyond_loopback_is_prohibited() {
        for far in ["10.0.0.1", "169.254.169.254", "0.0.0.0", "[2001:db8::1]"] {
            assert_eq!(resolve(far, 80).await, Err(Unreachable::Prohibited), "{far}");
        }
        assert!(resolve("localhost", 80).await.is_ok(), "localhost is loopback");
        assert!(resolve("[::1]", 80).await.is_ok(), "so is its second family");
    }
}
