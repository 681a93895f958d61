//! The parts that all targets share: an input read as an HTTP message, and a Weir that serves many inputs.
//!
//! ```text
//! tests/fuzz/src/bin/TARGET.rs     one property or more, for every input
//! tests/fuzz/seeds/TARGET/         inputs to begin with, and every input that once broke something
//! tests/fuzz/randomness.cpp        the random bytes of a fixed run
//! target/fuzz/corpus/TARGET/       what libFuzzer adds while it runs; not committed
//! target/fuzz/fixed/TARGET/        the same of the last fixed run
//! ```

use std::cell::RefCell;

use bytes::Bytes;
use harness::{Setup, Weir};
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// An input written as a first line, `name: value` lines, an empty line and a body, so that seeds are readable.
#[derive(Debug)]
pub struct Message<'a> {
    /// The first line.
    pub first: &'a str,
    /// The headers that HTTP can carry.
    pub headers: HeaderMap,
    /// Everything after the empty line.
    pub body: Bytes,
}

impl<'a> Message<'a> {
    /// Reads the input; `None` if the part before the body is not UTF-8.
    #[must_use]
    pub fn read(input: &'a [u8]) -> Option<Self> {
        let end = input.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = end.map_or((input, &[][..]), |end| {
            (input.get(..end).unwrap_or_default(), input.get(end + 2..).unwrap_or_default())
        });
        let head = std::str::from_utf8(head).ok()?;
        let (first, rest) = head.split_once('\n').unwrap_or((head, ""));
        let mut headers = HeaderMap::new();
        for (name, value) in rest.lines().filter_map(|line| line.split_once(':')) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value.strip_prefix(' ').unwrap_or(value)))
            {
                headers.append(name, value);
            }
        }
        Some(Self { first, headers, body: Bytes::copy_from_slice(body) })
    }
}

/// The number of inputs per Weir: it and its origins record requests, which must not fill the memory.
const INPUTS: u32 = 1000;

/// The setup with the highest limit on requests: a fuzzer sends more than any caller.
#[must_use]
pub fn unhurried(setup: Setup) -> Setup {
    setup.replace("gateway.toml", "[development]", "[limits]\nrequests_per_minute = 100000\n\n[development]")
}

/// A Weir for many inputs, replaced after `INPUTS` of them.
#[derive(Default)]
pub struct Again<T>(RefCell<Option<(Weir, T, u32)>>);

impl<T> Drop for Again<T> {
    /// Does not drop the last Weir: at the end of its thread, its checks can't run any more.
    fn drop(&mut self) {
        std::mem::forget(self.0.get_mut().take());
    }
}

impl<T> Again<T> {
    /// Without a Weir yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Calls `ask` with the Weir and with the value that `prepare` made when the Weir was new.
    pub fn with(&self, setup: impl Fn() -> Setup, prepare: impl Fn(&Weir) -> T, ask: impl FnOnce(&Weir, &T)) {
        let mut kept = self.0.borrow_mut();
        let (weir, prepared, inputs) = match kept.take() {
            Some((weir, prepared, inputs)) if inputs < INPUTS => (weir, prepared, inputs + 1),
            _ => {
                let weir = setup().start();
                let prepared = prepare(&weir);
                (weir, prepared, 0)
            }
        };
        ask(&weir, &prepared);
        *kept = Some((weir, prepared, inputs));
    }
}
