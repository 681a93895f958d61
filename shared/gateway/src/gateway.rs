//! The gateway of one request: the host's ports, and the isolate's memory.

use std::rc::Rc;

use ports::Host;

use crate::isolate::Isolate;

/// The ports and the memory that every stage uses.
#[derive(Clone)]
pub struct Gateway<H: Host> {
    /// The ports, with the connection of this request.
    pub(crate) host: H,
    /// Shared by all requests of the isolate.
    pub(crate) isolate: Rc<Isolate>,
}

impl<H: Host> Gateway<H> {
    /// The gateway of a request that came to `host`, with this isolate's memory.
    pub fn new(host: H) -> Self {
        Self::with(host, Isolate::current())
    }

    /// A gateway with a given memory: tests play several isolates in one thread.
    pub fn with(host: H, isolate: Rc<Isolate>) -> Self {
        Self { host, isolate }
    }
}
