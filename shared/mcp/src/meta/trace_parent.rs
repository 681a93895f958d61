//! `traceparent` of W3C Trace Context: read, made where the client sent none, and handed on with Weir's own span.
//!
//! ```text
//! 00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01
//! │  trace-id, 16 bytes               parent-id, 8     flags: 01 sampled, 02 random trace-id
//! version
//! ```

use std::fmt;

/// A valid `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    flags: u8,
}

/// The flags that the standard defines; unknown ones must not be handed on (Trace Context §3.2.2.5).
const KNOWN_FLAGS: u8 = 0x03;
/// The longest `traceparent` of a later version that is read, in bytes; `00` has 55.
const MAX_BYTES: usize = 256;
/// The caller may have recorded the trace: Weir did, in its audit event.
const SAMPLED: u8 = 0x01;

impl TraceParent {
    /// Reads a header or `_meta` value; `None` when it is not valid, and then it counts as absent (§3.2.2.2–5, §4.3).
    ///
    /// A later version than `00` may go on after a fourth `-`, up to 256 bytes; version `ff`, upper case and
    /// all-zero ids are invalid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.split_at_checked(55)?;
        let mut parts = first.split('-');
        let [version] = lower_case(parts.next()?)?;
        let trace_id = lower_case(parts.next()?)?;
        let span_id = lower_case(parts.next()?)?;
        let [flags] = lower_case(parts.next()?)?;
        let goes_on = |rest: &str| rest.starts_with('-') && rest.bytes().all(|byte| byte.is_ascii_graphic());
        let length = rest.is_empty() || (version != 0 && text.len() <= MAX_BYTES && goes_on(rest));
        let valid = length && version != 0xff && trace_id != [0; 16] && span_id != [0; 8] && parts.next().is_none();
        valid.then_some(Self { trace_id, span_id, flags: flags & KNOWN_FLAGS })
    }

    /// Begins a trace: 16 bytes of `entropy` name the trace, 8 the span.
    #[must_use]
    pub fn generate(entropy: [u8; 24]) -> Self {
        let mut trace_id = [0; 16];
        let mut span_id = [0; 8];
        trace_id.copy_from_slice(&entropy[..16]);
        span_id.copy_from_slice(&entropy[16..]);
        Self { trace_id: not_zero(trace_id), span_id: not_zero(span_id), flags: KNOWN_FLAGS }
    }

    /// The same trace with a span of ours, named by `entropy`: what the origin gets.
    #[must_use]
    pub fn child(&self, entropy: [u8; 8]) -> Self {
        Self { span_id: not_zero(entropy), flags: self.flags | SAMPLED, ..*self }
    }

    /// The trace, 32 digits of lower-case hex.
    #[must_use]
    pub fn trace_id(&self) -> String {
        hex::encode(self.trace_id)
    }

    /// The span, 16 digits of lower-case hex; the standard's *parent-id*.
    #[must_use]
    pub fn span_id(&self) -> String {
        hex::encode(self.span_id)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{}-{}-{:02x}", self.trace_id(), self.span_id(), self.flags)
    }
}

/// An all-zero id is invalid; only broken entropy gives one.
fn not_zero<const N: usize>(mut id: [u8; N]) -> [u8; N] {
    if id == [0; N]
        && let Some(last) = id.last_mut()
    {
        *last = 1;
    }
    id
}

/// Reads lower-case hex, the only case that the standard allows.
fn lower_case<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
    (is_lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    #[test]
    fn traceparent_reads_and_writes_the_standard_form() {
        let parent = TraceParent::parse(EXAMPLE).expect("the standard's example should be valid");
        assert_eq!(parent.to_string(), EXAMPLE, "it should be written as it was read");
        assert_eq!(parent.trace_id(), "0af7651916cd43dd8448eb211c80319c", "the trace should be readable");
        assert_eq!(parent.span_id(), "00f067aa0ba902b7", "the span should be readable");
    }

    #[test]
    fn traceparent_of_another_form_counts_as_absent() {
        for text in [
            "",
            "00-0AF7651916CD43DD8448EB211C80319C-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-1",
            "01-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01more",
            "00-0af7651916cd43dd8448eb211c80319-c00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-é",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-\r\n",
        ] {
            assert_eq!(TraceParent::parse(text), None, "`{text}` should be invalid");
        }
    }

    #[test]
    fn traceparent_of_a_later_version_is_read_and_written_as_ours() {
        let later = format!("01{}-more", EXAMPLE.trim_start_matches("00"));
        let parent = TraceParent::parse(&later).expect("a later version should be read by its first four fields");
        assert_eq!(parent.to_string(), EXAMPLE, "Weir should write the version that it knows");
    }

    #[test]
    fn child_keeps_the_trace_and_drops_unknown_flags() {
        let parent = TraceParent::parse(&EXAMPLE.replace("-01", "-fe")).expect("unknown flags should be no error");
        let child = parent.child([7; 8]);
        assert_eq!(
            child.to_string(),
            "00-0af7651916cd43dd8448eb211c80319c-0707070707070707-03",
            "only the span should be new"
        );
    }

    #[test]
    fn generated_traceparent_is_valid_even_from_broken_entropy() {
        let made = TraceParent::generate([0; 24]);
        assert_eq!(TraceParent::parse(&made.to_string()), Some(made), "all-zero ids should not be made");
    }

    proptest! {
        #[test]
        fn traceparent_survives_the_wire(entropy: [u8; 24], span: [u8; 8]) {
            let child = TraceParent::generate(entropy).child(span);
            prop_assert_eq!(TraceParent::parse(&child.to_string()), Some(child), "a written header should be readable");
        }

        #[test]
        fn traceparent_never_panics_on_text(text in "\\PC{0,70}|[0-9a-f-]{55}") {
            let _ = TraceParent::parse(&text);
        }
    }
}
