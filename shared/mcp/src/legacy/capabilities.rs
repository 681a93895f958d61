//! The capabilities that a legacy client declares in `initialize`, in one byte.
//!
//! Capabilities that permit a server's request are kept, one bit each, so that they fit into a sealed session id.
//! Experimental capabilities and extensions are dropped.

use json::{Kind, Members, RawJson};

use crate::input_request::InputRequest;

const ROOTS: u8 = 1;
const ROOTS_LIST_CHANGED: u8 = 1 << 1;
const SAMPLING: u8 = 1 << 2;
const SAMPLING_TOOLS: u8 = 1 << 3;
const SAMPLING_CONTEXT: u8 = 1 << 4;
const ELICITATION_FORM: u8 = 1 << 5;
const ELICITATION_URL: u8 = 1 << 6;

/// The requests that a legacy client declares to support, and its `roots.listChanged`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientCapabilities(u8);

impl ClientCapabilities {
    /// Reads `capabilities` of the params of `initialize`; a malformed one counts as absent.
    #[must_use]
    pub fn from_initialize(params: Option<&Members>) -> Self {
        match params.and_then(|params| object(params, "capabilities")) {
            Some(capabilities) => Self::read(&capabilities),
            None => Self::default(),
        }
    }

    fn read(capabilities: &Members) -> Self {
        let mut bits = 0;
        if let Some(roots) = object(capabilities, "roots") {
            let list_changed = roots.get("listChanged").and_then(RawJson::boolean) == Some(true);
            bits |= ROOTS | if list_changed { ROOTS_LIST_CHANGED } else { 0 };
        }
        if let Some(sampling) = object(capabilities, "sampling") {
            bits |= SAMPLING;
            bits |= if has(&sampling, "tools") { SAMPLING_TOOLS } else { 0 };
            bits |= if has(&sampling, "context") { SAMPLING_CONTEXT } else { 0 };
        }
        if let Some(elicitation) = object(capabilities, "elicitation") {
            let url = has(&elicitation, "url");
            // An empty object means form mode, the only mode of MCP 2025-06-18 (MCP 2025-11-25, elicitation).
            let form = !url || has(&elicitation, "form");
            bits |= if form { ELICITATION_FORM } else { 0 };
            bits |= if url { ELICITATION_URL } else { 0 };
        }
        Self(bits)
    }

    /// Returns the capabilities as one byte, of which 7 bits are used.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Restores the capabilities from [`ClientCapabilities::bits`].
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Returns the `ClientCapabilities` object of an `initialize`.
    #[must_use]
    pub fn to_raw(self) -> RawJson {
        let mut capabilities = Members::new();
        if self.has(ROOTS) {
            let list_changed = RawJson::written("{\"listChanged\":true}".to_owned());
            let roots = if self.has(ROOTS_LIST_CHANGED) { list_changed } else { RawJson::empty_object() };
            capabilities.set("roots", roots);
        }
        let with = |parts: &[(&str, u8)]| {
            let mut members = Members::new();
            for (name, _) in parts.iter().filter(|(_, bit)| self.has(*bit)) {
                members.set(name, RawJson::empty_object());
            }
            members.to_raw()
        };
        if self.has(SAMPLING) {
            capabilities.set("sampling", with(&[("tools", SAMPLING_TOOLS), ("context", SAMPLING_CONTEXT)]));
        }
        if self.has(ELICITATION_URL) {
            capabilities.set("elicitation", with(&[("form", ELICITATION_FORM), ("url", ELICITATION_URL)]));
        } else if self.has(ELICITATION_FORM) {
            capabilities.set("elicitation", RawJson::empty_object());
        }
        capabilities.to_raw()
    }

    /// True for a request that a server may send to this client.
    #[must_use]
    pub fn allow(self, request: InputRequest, params: Option<&Members>) -> bool {
        match request {
            InputRequest::ElicitationForm => self.has(ELICITATION_FORM),
            InputRequest::ElicitationUrl => self.has(ELICITATION_URL),
            InputRequest::Sampling => {
                let tools = params.is_some_and(|params| params.get("tools").is_some());
                self.has(SAMPLING) && (!tools || self.has(SAMPLING_TOOLS))
            }
            InputRequest::Roots => self.has(ROOTS),
        }
    }

    /// The same capabilities without those for requests that are not `allowed`.
    #[must_use]
    pub fn restricted(self, allowed: &[InputRequest]) -> Self {
        let bits = allowed.iter().map(|request| match request {
            InputRequest::ElicitationForm => ELICITATION_FORM,
            InputRequest::ElicitationUrl => ELICITATION_URL,
            InputRequest::Sampling => SAMPLING | SAMPLING_TOOLS | SAMPLING_CONTEXT,
            InputRequest::Roots => ROOTS | ROOTS_LIST_CHANGED,
        });
        Self(self.0 & bits.fold(0, |all, bits| all | bits))
    }

    /// True if the client supports a request that may wait for a person: sampling or elicitation.
    #[must_use]
    pub const fn may_involve_user(self) -> bool {
        self.has(SAMPLING | ELICITATION_FORM | ELICITATION_URL)
    }

    /// True if the client sends `notifications/roots/list_changed`.
    #[must_use]
    pub const fn notifies_roots_changes(self) -> bool {
        self.has(ROOTS_LIST_CHANGED)
    }
}

/// True for a member that is there and not `null`.
fn has(members: &Members, name: &str) -> bool {
    members.get(name).is_some_and(|value| value.kind() != Kind::Null)
}

fn object(members: &Members, name: &str) -> Option<Members> {
    members.get(name).filter(|value| value.kind() == Kind::Object)?.members().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(capabilities: &str) -> Members {
        Members::parse(format!("{{\"capabilities\":{capabilities}}}").into()).unwrap()
    }

    fn declared(capabilities: &str) -> ClientCapabilities {
        ClientCapabilities::from_initialize(Some(&params(capabilities)))
    }

    #[test]
    fn only_known_capabilities_are_kept() {
        for (theirs, ours) in [
            ("{}", "{}"),
            (r#"{"experimental":{"x":{}},"extensions":{"a/b":{}},"tasks":{}}"#, "{}"),
            (r#"{"elicitation":{}}"#, r#"{"elicitation":{}}"#),
            (r#"{"elicitation":{"form":{}}}"#, r#"{"elicitation":{}}"#),
            (r#"{"elicitation":{"url":{}}}"#, r#"{"elicitation":{"url":{}}}"#),
            (r#"{"elicitation":{"url":{},"form":{}}}"#, r#"{"elicitation":{"form":{},"url":{}}}"#),
            (r#"{"sampling":{"tools":{},"context":{}}}"#, r#"{"sampling":{"tools":{},"context":{}}}"#),
            (r#"{"roots":{"listChanged":true},"sampling":{}}"#, r#"{"roots":{"listChanged":true},"sampling":{}}"#),
            (r#"{"roots":{"listChanged":false}}"#, r#"{"roots":{}}"#),
            (r#"{"roots":true,"sampling":[],"elicitation":null}"#, "{}"),
            (
                r#"{"elicitation":{"form":{},"url":null},"sampling":{"tools":null}}"#,
                r#"{"sampling":{},"elicitation":{}}"#,
            ),
            ("7", "{}"),
        ] {
            let read = declared(theirs);
            assert_eq!(read.to_raw().as_str(), ours, "`{theirs}` should be declared as `{ours}`");
            assert_eq!(ClientCapabilities::from_bits(read.bits()), read, "one byte should keep `{theirs}`");
        }
        assert_eq!(ClientCapabilities::from_initialize(None), ClientCapabilities::default());
    }

    #[test]
    fn only_declared_requests_are_allowed() {
        let url = Members::parse(r#"{"mode":"url","message":"x","url":"https://x.example"}"#.into()).unwrap();
        let form = Members::parse(r#"{"message":"x","requestedSchema":{}}"#.into()).unwrap();
        let tools = Members::parse(r#"{"messages":[],"tools":[]}"#.into()).unwrap();
        let all = declared(r#"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}"#);
        let requests = [
            (InputRequest::ElicitationForm, &form, r#"{"elicitation":{}}"#),
            (InputRequest::ElicitationUrl, &url, r#"{"elicitation":{"url":{}}}"#),
            (InputRequest::Sampling, &form, r#"{"sampling":{}}"#),
            (InputRequest::Sampling, &tools, r#"{"sampling":{"tools":{}}}"#),
            (InputRequest::Roots, &form, r#"{"roots":{}}"#),
        ];
        for (request, params, needed) in requests {
            assert!(all.allow(request, Some(params)), "{request:?} should be allowed when all is declared");
            assert!(declared(needed).allow(request, Some(params)), "`{needed}` should allow {request:?}");
            assert!(!declared("{}").allow(request, Some(params)), "{request:?} should not be allowed without");
            assert!(all.restricted(&[request]).allow(request, Some(params)), "{request:?} should stay");
            let others: Vec<_> = InputRequest::ALL.into_iter().filter(|other| *other != request).collect();
            assert!(!all.restricted(&others).allow(request, Some(params)), "{request:?} should go");
        }
        assert!(
            !declared(r#"{"elicitation":{}}"#).allow(InputRequest::ElicitationUrl, Some(&url)),
            "form mode is not URL mode"
        );
        assert!(
            !declared(r#"{"elicitation":{"url":{}}}"#).allow(InputRequest::ElicitationForm, Some(&form)),
            "URL mode is not form mode"
        );
        assert!(
            !declared(r#"{"sampling":{}}"#).allow(InputRequest::Sampling, Some(&tools)),
            "tools need their own capability"
        );
        assert_eq!(all.restricted(&InputRequest::ALL), all, "nothing else should go");
        assert_eq!(all.restricted(&[]), ClientCapabilities::default(), "nothing should stay");
    }
}
