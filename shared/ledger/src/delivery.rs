//! Deliveries of the queue: reads a body as an audit event, or names the reason why it is none.

use audit::{EVENT_BYTES, EventId, time::LAST_INSTANT};
use serde::Deserialize;

/// One delivery of the queue, which delivers at least once and in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The body, as the gateway wrote it.
    pub body: String,
}

/// The reason why a body is stored under `rejected/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// [`EVENT_BYTES`] or longer.
    TooLarge,
    /// Not JSON, or JSON that some parsers refuse: lone surrogates, numbers beyond a double, deep nesting.
    NotJson,
    /// Not an object with one `version` (an integer from 1 on) and one `id` (a UUIDv7).
    NotAnEvent,
    /// The id's time is after the year 9999, so no key names its minute.
    BeyondCalendar,
    /// The trail has another event with the same id.
    IdTaken,
}

impl Rejection {
    /// The stable reason code that is stored with the body.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotJson => "not_json",
            Self::NotAnEvent => "not_an_event",
            Self::BeyondCalendar => "beyond_calendar",
            Self::IdTaken => "id_taken",
        }
    }
}

/// An audit event as the trail stores it: the text unchanged, except for line breaks between tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event's id (UUIDv7).
    pub id: EventId,
    /// The event's JSON, without a line break.
    pub line: String,
}

impl Event {
    /// Reads a body. Only `version` and `id` are checked: a newer gateway may write other members.
    ///
    /// # Errors
    /// The first rule that the body breaks.
    pub fn read(body: &str) -> Result<Self, Rejection> {
        if body.len() >= EVENT_BYTES {
            return Err(Rejection::TooLarge);
        }
        match serde_json::from_str::<serde_json::Value>(body) {
            // Serde would also fill `EventHead` from an array.
            Ok(serde_json::Value::Object(_)) => {}
            Ok(_) => return Err(Rejection::NotAnEvent),
            Err(_) => return Err(Rejection::NotJson),
        }
        // From the text: in the map above, a second `id` has replaced the first silently.
        let head: EventHead = serde_json::from_str(body).map_err(|_| Rejection::NotAnEvent)?;
        if head.version == 0 {
            return Err(Rejection::NotAnEvent);
        }
        if head.id.millis() > LAST_INSTANT {
            return Err(Rejection::BeyondCalendar);
        }
        let line = body.trim_matches([' ', '\t', '\n', '\r']).replace(['\n', '\r'], " ");
        Ok(Self { id: head.id, line })
    }
}

/// The id of a line of the trail; `None` for any other line.
#[must_use]
pub fn id_of_line(line: &[u8]) -> Option<EventId> {
    serde_json::from_slice::<EventHead>(line).ok().map(|head| head.id)
}

/// The members that every version of the event has.
#[derive(Deserialize)]
struct EventHead {
    version: u32,
    id: EventId,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

    #[test]
    fn event_keeps_its_text_on_one_line() {
        let body = format!("\r\n {{\"version\":1,\n  \"id\":\"{ID}\",\"cost\":1.50,\"new\":\"a\\nb\"}}\n");
        let event = Event::read(&body).expect("a body with line breaks should be an event");
        assert_eq!(event.id.as_str(), ID, "its id should be read");
        assert_eq!(
            event.line,
            format!("{{\"version\":1,   \"id\":\"{ID}\",\"cost\":1.50,\"new\":\"a\\nb\"}}"),
            "nothing but line breaks should change"
        );
        assert_eq!(id_of_line(event.line.as_bytes()), Some(event.id), "the line should give the id back");
    }

    #[test]
    fn body_that_is_no_event_is_rejected_with_its_reason() {
        let long = format!(r#"{{"version":1,"id":"{ID}","pad":"{}"}}"#, "x".repeat(200_000));
        let deep = format!(r#"{{"version":1,"id":"{ID}","deep":{}{}}}"#, "[".repeat(500), "]".repeat(500));
        for (body, rejection) in [
            ("", Rejection::NotJson),
            ("not json", Rejection::NotJson),
            (r#"{"version":1,"id":"#, Rejection::NotJson),
            (r#"{"version":1,"id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","x":"\ud800"}"#, Rejection::NotJson),
            (r#"{"version":1,"id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","x":1e999}"#, Rejection::NotJson),
            (deep.as_str(), Rejection::NotJson),
            ("{}", Rejection::NotAnEvent),
            ("null", Rejection::NotAnEvent),
            (r#"[1,"017f22e2-79b0-7cc3-98c4-dc0c0c07398f"]"#, Rejection::NotAnEvent),
            (r#"{"version":1}"#, Rejection::NotAnEvent),
            (r#"{"version":0,"id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f"}"#, Rejection::NotAnEvent),
            (r#"{"id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f"}"#, Rejection::NotAnEvent),
            (r#"{"version":1,"id":"017f22e2-79b0-4cc3-98c4-dc0c0c07398f"}"#, Rejection::NotAnEvent),
            (r#"{"version":1,"id":"../../../../../../../../../../secret"}"#, Rejection::NotAnEvent),
            (
                r#"{"version":1,"id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","id":"017f22e2-79b0-7cc3-98c4-dc0c0c073990"}"#,
                Rejection::NotAnEvent,
            ),
            (r#"{"version":1,"id":"ffffffff-ffff-7cc3-98c4-dc0c0c07398f"}"#, Rejection::BeyondCalendar),
            (long.as_str(), Rejection::TooLarge),
        ] {
            let shown: String = body.chars().take(80).collect();
            assert_eq!(Event::read(body), Err(rejection), "`{shown}` should be rejected with its reason");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_on_text(body in "\\PC{0,60}|\\{\"version\":1,\"id\":\"[0-9a-f-]{36}\"[\\PC\\n]{0,20}\\}") {
            if let Ok(event) = Event::read(&body) {
                prop_assert!(!event.line.contains(['\n', '\r']), "an event should be one line");
                prop_assert_eq!(Event::read(&event.line), Ok(event), "a line should be the same event");
            }
        }
    }
}
