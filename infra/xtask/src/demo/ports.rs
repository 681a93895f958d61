//! Where everything of the demo listens: the ports that tests/demo/registry names, or free ones in their place.

use std::{io, net::TcpListener};

use crate::command::Fault;

/// One port for each program.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The gateway.
    pub gateway: u16,
    /// The ledger.
    pub ledger: u16,
    /// The identity provider.
    pub identity_provider: u16,
    /// The origin `documents`.
    pub documents: u16,
    /// The origin `tickets`.
    pub tickets: u16,
    /// The origin `everything`.
    pub everything: u16,
}

/// The ports that tests/demo/registry names.
pub const USUAL: Ports =
    Ports { gateway: 8787, ledger: 8788, identity_provider: 8789, documents: 8790, tickets: 8791, everything: 8792 };

impl Ports {
    /// The usual ones where they are free. All are held until all are chosen, so that no two are the same.
    pub fn choose() -> Result<Self, Fault> {
        let mut held = Vec::new();
        let mut choose = |what: &str, usual: u16| -> Result<u16, Fault> {
            let listener = TcpListener::bind(("127.0.0.1", usual)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
            let port = listener.and_then(|listener| {
                let port = listener.local_addr()?.port();
                held.push(listener);
                io::Result::Ok(port)
            });
            let port =
                port.map_err(|error| Fault::Found(format!("no free port on loopback for the {what}: {error}")))?;
            if port != usual {
                println!("demo: port {usual} is taken; the {what} is on {port}");
            }
            Ok(port)
        };
        Ok(Self {
            gateway: choose("gateway", USUAL.gateway)?,
            ledger: choose("ledger", USUAL.ledger)?,
            identity_provider: choose("identity provider", USUAL.identity_provider)?,
            documents: choose("origin `documents`", USUAL.documents)?,
            tickets: choose("origin `tickets`", USUAL.tickets)?,
            everything: choose("origin `everything`", USUAL.everything)?,
        })
    }

    /// All of them, in a fixed order.
    pub fn all(&self) -> [u16; 6] {
        [self.gateway, self.ledger, self.identity_provider, self.documents, self.tickets, self.everything]
    }

    /// The text with the addresses of this run in the place of the usual ones.
    ///
    /// In one pass: a port that was chosen freely may be another's usual one.
    pub fn relocate(&self, text: &str) -> String {
        const HOST: &str = "127.0.0.1:";
        let mut pieces = text.split(HOST);
        let mut relocated = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (written, rest) = piece.split_at(digits);
            let at = USUAL.all().iter().position(|usual| usual.to_string() == written);
            let port = at.map_or_else(|| written.to_owned(), |at| self.all()[at].to_string());
            relocated.extend([HOST, &port, rest]);
        }
        relocated
    }
}

/// The address of a port on loopback.
pub fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_by_a_free_one() {
        let taken = TcpListener::bind(("127.0.0.1", USUAL.gateway));
        let ports = Ports::choose().expect("loopback should have free ports");
        assert_ne!(ports.gateway, USUAL.gateway, "the gateway should not get the port that is taken");
        drop(taken);
    }

    #[test]
    fn addresses_are_relocated_in_one_pass() {
        let swapped = Ports { documents: USUAL.tickets, tickets: USUAL.documents, ..USUAL };
        let text = "http://127.0.0.1:8790/mcp, http://127.0.0.1:8791, 127.0.0.1:87900 and 127.0.0.1:";
        assert_eq!(
            swapped.relocate(text),
            "http://127.0.0.1:8791/mcp, http://127.0.0.1:8790, 127.0.0.1:87900 and 127.0.0.1:",
            "two ports should change places, and others stay"
        );
    }
}
