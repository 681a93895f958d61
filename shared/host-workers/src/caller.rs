//! `Caller` on Workers: the connection's facts as Cloudflare's edge reports them (`cf` and `CF-Connecting-IP`).

use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;

use ports::Caller;
use web_sys::Request;

use crate::glue;

/// The facts of one request's connection.
///
/// A client can't set `cf`. The edge always overwrites the header `CF-Connecting-IP`, and it is trusted only if `cf` is
/// present: on `workerd` without an edge every fact is absent. A Worker that calls through a service binding is trusted
/// with both.
#[derive(Clone)]
pub struct WorkersCaller {
    request: Request,
    // The runtime parses `cf` at the first access, so it is read only if a policy needs it.
    place: Rc<OnceCell<Place>>,
}

struct Place {
    address: Option<IpAddr>,
    country: Option<String>,
    region: Option<String>,
}

impl WorkersCaller {
    /// The facts of the connection of `request`.
    pub fn new(request: &Request) -> Self {
        // The method `clone` would be JavaScript's `Request.clone`, which copies the body's stream.
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

/// True for letters and digits of these lengths (ISO 3166-1 alpha-2, ISO 3166-2; Cloudflare also uses `T1` and `XX`).
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
