//! Server capabilities as in the results of `server/discover` and `initialize`: of one origin, and merged from several.
//!
//! ```text
//! "capabilities": {"tools":{"listChanged":true},"resources":{"subscribe":true},"prompts":{},"completions":{},"logging":{},
//!                  "extensions":{"io.modelcontextprotocol/tasks":{}}}
//! ```

use json::{Kind, Members, RawJson, RawJsonError};

/// The maximum number of extensions that are kept; servers declare a handful.
pub const MAX_EXTENSIONS: usize = 32;
/// The maximum length of the settings of one extension, in bytes.
pub const MAX_SETTINGS_BYTES: usize = 4096;

/// The `ServerCapabilities` of MCP, without `experimental`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `tools`: the server has tools.
    pub tools: Option<FeatureCapabilities>,
    /// `resources`: the server has resources.
    pub resources: Option<FeatureCapabilities>,
    /// `prompts`: the server has prompts.
    pub prompts: Option<FeatureCapabilities>,
    /// `completions`: the server answers `completion/complete`.
    pub completions: bool,
    /// `logging`: the server sends log messages (deprecated in MCP 2026-07-28).
    pub logging: bool,
    /// `extensions`: settings by extension id, at most [`MAX_EXTENSIONS`].
    pub extensions: Members,
}

/// The notifications that a server sends about its tools, resources or prompts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeatureCapabilities {
    /// `listChanged`: the server notifies of changes of the list.
    pub list_changed: bool,
    /// `subscribe`: the server notifies of changes of one item; defined for resources only.
    pub subscribe: bool,
}

impl Capabilities {
    /// Reads `capabilities` of a result of `server/discover` or `initialize`; absent means none.
    ///
    /// # Errors
    ///
    /// [`RawJsonError`] if the result or its `capabilities` is not an object, or has a member twice.
    pub fn of_result(result: &RawJson) -> Result<Self, RawJsonError> {
        match result.members()?.get("capabilities") {
            None => Ok(Self::default()),
            Some(capabilities) => Self::parse(capabilities),
        }
    }

    /// Reads a `ServerCapabilities` object. A member that is not an object counts as absent.
    ///
    /// # Errors
    ///
    /// [`RawJsonError`] if the value is not an object, or has a member twice.
    pub fn parse(capabilities: &RawJson) -> Result<Self, RawJsonError> {
        let members = capabilities.members()?;
        let object = |name: &str| members.get(name).filter(|value| value.kind() == Kind::Object);
        let changes = |name: &str| object(name).map(FeatureCapabilities::read).transpose();
        let mut parsed = Self {
            tools: changes("tools")?,
            resources: changes("resources")?,
            prompts: changes("prompts")?,
            completions: object("completions").is_some(),
            logging: object("logging").is_some(),
            extensions: Members::new(),
        };
        if let Some(extensions) = object("extensions") {
            parsed.add_extensions(&extensions.members()?);
        }
        Ok(parsed)
    }

    /// Adds the capabilities of another server. If both have settings of one extension, the first ones stay.
    pub fn add(&mut self, other: &Self) {
        for (ours, theirs) in
            [(&mut self.tools, other.tools), (&mut self.resources, other.resources), (&mut self.prompts, other.prompts)]
        {
            let Some(theirs) = theirs else { continue };
            let changes = ours.get_or_insert_default();
            changes.list_changed |= theirs.list_changed;
            changes.subscribe |= theirs.subscribe;
        }
        self.completions |= other.completions;
        self.logging |= other.logging;
        self.add_extensions(&other.extensions);
    }

    /// Returns the `ServerCapabilities` object.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut members = Members::new();
        for (name, changes) in [("tools", self.tools), ("resources", self.resources), ("prompts", self.prompts)] {
            if let Some(changes) = changes {
                members.set(name, changes.to_raw());
            }
        }
        for (name, supported) in [("completions", self.completions), ("logging", self.logging)] {
            if supported {
                members.set(name, RawJson::empty_object());
            }
        }
        if !self.extensions.is_empty() {
            members.set("extensions", self.extensions.to_raw());
        }
        members.to_raw()
    }

    fn add_extensions(&mut self, extensions: &Members) {
        for (id, settings) in extensions.iter() {
            let fits = settings.kind() == Kind::Object && settings.as_str().len() <= MAX_SETTINGS_BYTES;
            if fits && self.extensions.len() < MAX_EXTENSIONS && self.extensions.get(id).is_none() {
                self.extensions.set(id, settings.clone());
            }
        }
    }
}

impl FeatureCapabilities {
    fn read(raw: &RawJson) -> Result<Self, RawJsonError> {
        let members = raw.members()?;
        let flag = |name: &str| members.get(name).and_then(RawJson::boolean).unwrap_or(false);
        Ok(Self { list_changed: flag("listChanged"), subscribe: flag("subscribe") })
    }

    fn to_raw(self) -> RawJson {
        let mut members = Members::new();
        for (name, supported) in [("listChanged", self.list_changed), ("subscribe", self.subscribe)] {
            if supported {
                members.set(name, RawJson::from_boolean(true));
            }
        }
        members.to_raw()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn parse(text: &str) -> Capabilities {
        Capabilities::of_result(&RawJson::parse(Bytes::from(text.to_owned())).unwrap()).unwrap()
    }

    #[test]
    fn capabilities_round_trip() {
        let text = concat!(
            r#"{"tools":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},"prompts":{},"#,
            r#""completions":{},"logging":{},"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["a"]}}}"#
        );
        let read = parse(&format!(r#"{{"protocolVersion":"2025-11-25","capabilities":{text}}}"#));
        assert_eq!(read.to_raw().as_str(), text, "every known capability should be written again");
        assert_eq!(parse("{}").to_raw().as_str(), "{}", "no capabilities should be none");
        let odd =
            parse(r#"{"capabilities":{"tools":true,"prompts":null,"experimental":{"x":{}},"extensions":{"a":1}}}"#);
        assert_eq!(odd, Capabilities::default(), "a member that is not an object and `experimental` should be dropped");
    }

    #[test]
    fn capabilities_of_several_servers_are_merged() {
        let mut all = parse(r#"{"capabilities":{"tools":{},"extensions":{"a/x":{"n":1},"a/y":{}}}}"#);
        all.add(&parse(r#"{"capabilities":{"tools":{"listChanged":true},"extensions":{"a/x":{"n":2},"a/z":{}}}}"#));
        all.add(&parse(r#"{"capabilities":{"completions":{},"prompts":{}}}"#));
        assert_eq!(
            all.to_raw().as_str(),
            concat!(
                r#"{"tools":{"listChanged":true},"prompts":{},"completions":{},"#,
                r#""extensions":{"a/x":{"n":1},"a/y":{},"a/z":{}}}"#
            ),
            "each server should add its capabilities"
        );
    }

    #[test]
    fn extensions_are_bounded() {
        let many: Vec<String> = (0..40).map(|n| format!("\"a/{n}\":{{}}")).collect();
        let read = parse(&format!(r#"{{"capabilities":{{"extensions":{{{}}}}}}}"#, many.join(",")));
        assert_eq!(read.extensions.len(), MAX_EXTENSIONS, "their number should be bounded");
        let long = format!(r#"{{"capabilities":{{"extensions":{{"a/b":{{"x":"{}"}}}}}}}}"#, "x".repeat(4096));
        assert!(parse(&long).extensions.is_empty(), "the length of their settings should be bounded");
    }
}
