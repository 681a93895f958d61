//! What a legacy client declares at `initialize`, as far as others may rely on it.
//!
//! Only what a server may ask of the client is kept, one bit each, so that it fits into a sealed session id; experimental
//! capabilities and extensions are not passed on.

use json::{Kind, Members, RawJson};

const ROOTS: u8 = 1;
const ROOTS_LIST_CHANGED: u8 = 1 << 1;
const SAMPLING: u8 = 1 << 2;
const SAMPLING_TOOLS: u8 = 1 << 3;
const SAMPLING_CONTEXT: u8 = 1 << 4;
const ELICITATION_FORM: u8 = 1 << 5;
const ELICITATION_URL: u8 = 1 << 6;

/// What a legacy client can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientCapabilities(u8);

impl ClientCapabilities {
    /// Reads `capabilities` of the params of `initialize`; what can't be read is not declared.
    #[must_use]
    pub fn declared(params: Option<&Members>) -> Self {
        match params.and_then(|params| object(params, "capabilities")) {
            Some(capabilities) => Self::read(&capabilities),
            None => Self::default(),
        }
    }

    fn read(capabilities: &Members) -> Self {
        let mut bits = 0;
        if let Some(roots) = object(capabilities, "roots") {
            let tells = roots.get("listChanged").and_then(RawJson::boolean) == Some(true);
            bits |= ROOTS | if tells { ROOTS_LIST_CHANGED } else { 0 };
        }
        if let Some(sampling) = object(capabilities, "sampling") {
            bits |= SAMPLING;
            bits |= if sampling.get("tools").is_some() { SAMPLING_TOOLS } else { 0 };
            bits |= if sampling.get("context").is_some() { SAMPLING_CONTEXT } else { 0 };
        }
        if let Some(elicitation) = object(capabilities, "elicitation") {
            let url = elicitation.get("url").is_some();
            // An empty object means forms, as before there was anything else (MCP 2025-11-25, elicitation).
            let form = !url || elicitation.get("form").is_some();
            bits |= if form { ELICITATION_FORM } else { 0 };
            bits |= if url { ELICITATION_URL } else { 0 };
        }
        Self(bits)
    }

    /// As one byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From [`ClientCapabilities::bits`].
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// As an `initialize` declares it.
    #[must_use]
    pub fn to_raw(self) -> RawJson {
        let mut capabilities = Members::new();
        if self.has(ROOTS) {
            let tells = RawJson::written("{\"listChanged\":true}".to_owned());
            let roots = if self.has(ROOTS_LIST_CHANGED) { tells } else { RawJson::empty_object() };
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

    /// Whether a server may send this client this request.
    #[must_use]
    pub fn allow(self, method: &str, params: Option<&Members>) -> bool {
        let text = |name| params.and_then(|params| params.get(name)).and_then(RawJson::string);
        match method {
            "elicitation/create" if text("mode").as_deref() == Some("url") => self.has(ELICITATION_URL),
            "elicitation/create" => self.has(ELICITATION_FORM),
            "sampling/createMessage" => {
                let tools = params.is_some_and(|params| params.get("tools").is_some());
                self.has(SAMPLING) && (!tools || self.has(SAMPLING_TOOLS))
            }
            "roots/list" => self.has(ROOTS),
            // Whoever speaks MCP answers it.
            super::PING => true,
            _ => false,
        }
    }

    /// Whether a server may ask it anything that a person may have to think about.
    #[must_use]
    pub const fn can_be_asked(self) -> bool {
        self.has(SAMPLING | ELICITATION_FORM | ELICITATION_URL)
    }

    /// Whether the client tells of new roots.
    #[must_use]
    pub const fn tell_of_roots(self) -> bool {
        self.has(ROOTS_LIST_CHANGED)
    }
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
        ClientCapabilities::declared(Some(&params(capabilities)))
    }

    #[test]
    fn declared_capabilities_are_passed_on_and_no_others() {
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
            ("7", "{}"),
        ] {
            let read = declared(theirs);
            assert_eq!(read.to_raw().as_str(), ours, "`{theirs}` should be declared as `{ours}`");
            assert_eq!(ClientCapabilities::from_bits(read.bits()), read, "one byte should keep `{theirs}`");
        }
        assert_eq!(ClientCapabilities::declared(None), ClientCapabilities::default());
    }

    #[test]
    fn only_what_was_declared_may_be_asked() {
        let url = Members::parse(r#"{"mode":"url","message":"x","url":"https://x.example"}"#.into()).unwrap();
        let form = Members::parse(r#"{"message":"x","requestedSchema":{}}"#.into()).unwrap();
        let tools = Members::parse(r#"{"messages":[],"tools":[]}"#.into()).unwrap();
        let all = declared(r#"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}"#);
        let asks = [
            ("elicitation/create", &form, r#"{"elicitation":{}}"#),
            ("elicitation/create", &url, r#"{"elicitation":{"url":{}}}"#),
            ("sampling/createMessage", &form, r#"{"sampling":{}}"#),
            ("sampling/createMessage", &tools, r#"{"sampling":{"tools":{}}}"#),
            ("roots/list", &form, r#"{"roots":{}}"#),
        ];
        for (method, params, needed) in asks {
            assert!(all.allow(method, Some(params)), "`{method}` should be allowed when all is declared");
            assert!(declared(needed).allow(method, Some(params)), "`{needed}` should do for `{method}`");
            assert!(!declared("{}").allow(method, Some(params)), "`{method}` should not be allowed without");
        }
        assert!(!declared(r#"{"elicitation":{}}"#).allow("elicitation/create", Some(&url)), "forms are no pages");
        assert!(!declared(r#"{"elicitation":{"url":{}}}"#).allow("elicitation/create", Some(&form)), "nor pages forms");
        assert!(!declared(r#"{"sampling":{}}"#).allow("sampling/createMessage", Some(&tools)), "tools are declared");
        assert!(declared("{}").allow("ping", None), "everybody can be pinged");
        assert!(!all.allow("tools/call", None), "nothing else is a server's to ask");
    }
}
