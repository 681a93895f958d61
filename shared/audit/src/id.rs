//! Event ids: UUIDv7 (RFC 9562 §5.7), so that an id contains its instant and ids sort by time.
//!
//! ```text
//!  unix_ts_ms (48 bits)  ver rand_a     var rand_b
//!  019de1f0-1c2d       - 7   abc      - 8.. 9abc-def012345678
//! ```

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The text of a UUIDv7: 36 characters, lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EventId(String);

/// The error for a text that is no event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event id must be a UUIDv7 in lower case")]
pub struct EventIdError;

/// Makes the id of an event at `now_ms` (Unix milliseconds); see [`EventId::new`].
#[must_use]
pub fn event_id(now_ms: u64, entropy: [u8; 10]) -> EventId {
    EventId::new(now_ms, entropy)
}

impl EventId {
    /// Makes an id for the instant `now_ms` (Unix milliseconds, of which the low 48 bits are used, enough until the
    /// year 10889). It uses 74 of the 80 bits of `entropy`, which make it unique.
    #[must_use]
    pub fn new(now_ms: u64, entropy: [u8; 10]) -> Self {
        let [.., t0, t1, t2, t3, t4, t5] = now_ms.to_be_bytes();
        let [a0, a1, b0, b1, b2, b3, b4, b5, b6, b7] = entropy;
        Self(format!(
            "{t0:02x}{t1:02x}{t2:02x}{t3:02x}-{t4:02x}{t5:02x}-{:02x}{a1:02x}-{:02x}{b1:02x}-{b2:02x}{b3:02x}{b4:02x}{b5:02x}{b6:02x}{b7:02x}",
            0x70 | (a0 & 0x0f),
            0x80 | (b0 & 0x3f),
        ))
    }

    /// Reads an id. Only one spelling is accepted, because the ledger compares ids as text.
    ///
    /// # Errors
    /// The text is not a lower-case UUID of 36 characters with version 7 and variant `10`.
    pub fn parse(text: &str) -> Result<Self, EventIdError> {
        let form = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                14 => byte == b'7',
                19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if form { Ok(Self(text.to_owned())) } else { Err(EventIdError) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant in the id, Unix milliseconds.
    #[must_use]
    pub fn millis(&self) -> u64 {
        self.0.bytes().filter(|byte| *byte != b'-').take(12).fold(0, |millis, digit| {
            millis << 4 | u64::from(if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 })
        })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn id_has_form_of_rfc_9562() {
        // RFC 9562 appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
        let id = event_id(0x017F_22E2_79B0, [0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F]);
        assert_eq!(id.as_str(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "the RFC's own example should come out");
    }

    #[test]
    fn id_of_another_form_is_refused() {
        for text in [
            "",
            "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
            "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
            "017f22e279b07cc398c4dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
            "../../17f22e2-79b0-7cc3-98c4-dc0c0c073",
            "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
        ] {
            assert_eq!(EventId::parse(text), Err(EventIdError), "`{text}` should not pass for a UUIDv7");
        }
    }

    proptest! {
        #[test]
        fn id_keeps_instant_and_order(now in 0u64..1 << 48, later in 0u64..1 << 48, entropy: [u8; 10], other: [u8; 10]) {
            let id = event_id(now, entropy);
            prop_assert_eq!(EventId::parse(id.as_str()), Ok(id.clone()), "a new id should be readable");
            prop_assert_eq!(id.millis(), now, "the instant should come back");
            if now < later {
                prop_assert!(id < event_id(later, other), "ids should sort by time");
            }
        }

        #[test]
        fn id_never_panics_on_text(text in "\\PC{0,40}") {
            let _ = EventId::parse(&text).map(|id| id.millis());
        }
    }
}
