//! The ports of a run: those that its registry names, or free ones in place of those that are taken.

use std::{io, net::TcpListener};

use crate::command::Fault;

/// A port on loopback, and the port that the registry names in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    usual: u16,
    /// The port of this run.
    pub port: u16,
}

impl Place {
    /// Its URL.
    pub fn url(self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    #[cfg(test)]
    pub const fn new(usual: u16, port: u16) -> Self {
        Self { usual, port }
    }
}

/// Chooses the usual port of each program if it is free, else any free port. All are held open until all are chosen,
/// so that no two are the same.
///
/// # Errors
/// There is no free port.
pub fn choose<const N: usize>(chore: &str, wanted: [(&str, u16); N]) -> Result<[Place; N], Fault> {
    let mut held = Vec::new();
    let mut places = wanted.map(|(_, usual)| Place { usual, port: usual });
    for (place, (program, usual)) in places.iter_mut().zip(wanted) {
        let listener = TcpListener::bind(("127.0.0.1", usual)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
        let port = listener.and_then(|listener| {
            let port = listener.local_addr()?.port();
            held.push(listener);
            io::Result::Ok(port)
        });
        place.port =
            port.map_err(|error| Fault::Found(format!("no free port on loopback for the {program}: {error}")))?;
        if place.port != usual {
            println!("{chore}: port {usual} is taken; the {program} is on {}", place.port);
        }
    }
    Ok(places)
}

/// `text` with the addresses of this run in place of the usual ones.
///
/// One pass over the text: a freely chosen port may be another program's usual one.
pub fn relocate(places: &[Place], text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut pieces = text.split(HOST);
    let mut relocated = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (written, rest) = piece.split_at(digits);
        let place = places.iter().find(|place| place.usual.to_string() == written);
        let port = place.map_or_else(|| written.to_owned(), |place| place.port.to_string());
        relocated.extend([HOST, &port, rest]);
    }
    relocated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_port_is_replaced_by_free_one() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("loopback should have free ports");
        let usual = taken.local_addr().expect("it listens").port();
        let [one, other] = choose("test", [("one", usual), ("other", usual)]).expect("there should be more");
        assert_ne!(one.port, usual, "nobody should get the port that is taken");
        assert_ne!(one.port, other.port, "two programs should not share one");
    }

    #[test]
    fn addresses_are_relocated_in_one_pass() {
        let swapped = [Place::new(8790, 8791), Place::new(8791, 8790)];
        let text = "http://127.0.0.1:8790/mcp, http://127.0.0.1:8791, 127.0.0.1:87900 and 127.0.0.1:";
        assert_eq!(
            relocate(&swapped, text),
            "http://127.0.0.1:8791/mcp, http://127.0.0.1:8790, 127.0.0.1:87900 and 127.0.0.1:",
            "two ports should change places, and others stay"
        );
    }
}
