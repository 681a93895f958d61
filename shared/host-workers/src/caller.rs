//! `Caller` on Workers: what Cloudflare's edge says of the connection (`cf` and `CF-Connecting-IP`).

use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;

use ports::Caller;
use web_sys::Request;

use crate::glue;

/// The facts of one request's connection.
///
/// `cf` can't be set by a client. `CF-Connecting-IP` is a header, but the edge always overwrites it, and it is believed only
/// beside `cf`: under a bare `workerd` without an edge in front every fact is absent. A Worker that calls this one through
/// a service binding is trusted to say both.
#[derive(Clone)]
pub struct WorkersCaller {
    request: Request,
    // `cf` is parsed by the runtime when first touched, so a call that asks for nothing pays nothing.
    place: Rc<OnceCell<Place>>,
}

struct Place {
    address: Option<IpAddr>,
    country: Option<String>,
    region: Option<String>,
}

impl WorkersCaller {
    /// Of the connection that brought `request`.
    pub fn new(request: &Request) -> Self {
        // The method `clone` would be JavaScript's, which copies the body's stream.
        Self { request: Clone::clone(request), place: Rc::default() }
    }

    fn place(&self) -> &Place {
        self.place.get_or_init(|| {
            let text = glue::place(&self.request);
            let mut lines = text.split('\n');
            let mut next = || lines.next().filter(|line| !line.is_empty());
            Place {
                address: next().and_then(|line| line.parse().ok()),
                country: next().filter(|line| is_code(line, 2..=2)).map(str::to_ascii_uppercase),
                region: next().filter(|line| is_code(line, 1..=3)).map(str::to_ascii_uppercase),
            }
        })
    }
}

/// Letters and digits, this many (ISO 3166-1 alpha-2 and ISO 3166-2; Cloudflare's own `T1` and `XX` pass as countries).
fn is_code(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Caller for WorkersCaller {
    fn address(&self) -> Option<IpAddr> {
        self.place().address
    }
    fn country(&self) -> Option<String> {
        self.place().country.clone()
    }
    fn region(&self) -> Option<String> {
        self.place().region.clone()
    }
}
