//! Example tools, policies and circumstances for the tests of this crate.

use std::collections::BTreeMap;

use policy::{ArgumentDeclaration, ArgumentType, Circumstances, Declaration, Kind};

use crate::PolicyText;

/// The issuer of all users.
pub const ISSUER: &str = "https://idp.example.com";

/// A harmless tool with one declared argument.
pub fn search() -> Declaration {
    tool("documents_search", &[("query", ArgumentType::String, true)])
}

/// A tool of the origin `documents` with `arguments`: name, type, and true if required.
pub fn tool(name: &str, arguments: &[(&str, ArgumentType, bool)]) -> Declaration {
    let declared =
        arguments.iter().map(|&(name, r#type, required)| (name.to_owned(), ArgumentDeclaration { r#type, required }));
    Declaration {
        kind: Kind::Tool,
        name: name.to_owned(),
        origin: "documents".to_owned(),
        origin_name: "search".to_owned(),
        arguments: declared.collect::<BTreeMap<_, _>>(),
        data_classes: vec!["internal".to_owned()],
        risk: "low".to_owned(),
        read_only: None,
        destructive: None,
        idempotent: None,
    }
}

/// A policy with this id and text.
pub fn policy(id: &str, text: &str) -> PolicyText {
    PolicyText { id: id.to_owned(), text: text.to_owned() }
}

/// 2026-11-20T12:00:00Z, without address and country.
pub fn noon() -> Circumstances<'static> {
    Circumstances { now_seconds: 1_795_176_000, address: None, country: None }
}
