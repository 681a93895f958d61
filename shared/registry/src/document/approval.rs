//! Approval of a tool or prompt: `[tools.TOOL]` and `[prompts.PROMPT]` of `origins/NAME.toml`.
//!
//! A virtual server can list only declared tools and prompts, and a policy can read only declared arguments.

use std::collections::BTreeMap;

use policy::{ArgumentDeclaration, ArgumentType, Kind};

use crate::document::{LABEL, checked};
use crate::fault::{Faults, Place, did_you_mean};
use crate::source::Located;
use crate::table::{Entry, Rule, Table};

/// One `[tools.TOOL]` or `[prompts.PROMPT]`.
#[derive(Debug)]
pub struct Approval {
    /// The place of its name.
    pub place: Place,
    /// True if every argument could be read.
    pub complete: bool,
    /// The arguments that policies may read, by name.
    pub arguments: BTreeMap<String, ArgumentDeclaration>,
    /// `readOnlyHint` as approved; `None` if not stated, and for prompts.
    pub read_only: Option<bool>,
    /// `destructiveHint` as approved; `None` if not stated, and for prompts.
    pub destructive: Option<bool>,
    /// `idempotentHint` as approved; `None` if not stated, and for prompts.
    pub idempotent: Option<bool>,
    /// Names of the arguments whose values audit events may contain.
    pub audit_arguments: Vec<String>,
    /// True if `audit_arguments` is written, even if it names none.
    pub audit_decided: bool,
}

impl Approval {
    /// Reads the table of one tool or prompt.
    pub(crate) fn read(kind: Kind, entry: &Entry<'_>, table: &mut Table<'_>, faults: &mut Faults) -> Self {
        let mut arguments = BTreeMap::new();
        let mut complete = true;
        for argument in table.entries("arguments", &LABEL, faults) {
            let declaration = read_argument(&argument, faults);
            complete &= declaration.is_some();
            // An argument with a fault counts as declared, to avoid a second fault for the same line.
            let unknown = ArgumentDeclaration { r#type: ArgumentType::String, required: false };
            arguments.insert(argument.name.value, declaration.unwrap_or(unknown));
        }
        let mut hint = |key| if kind.is_tool() { table.flag(key, faults) } else { None };
        let [read_only, destructive, idempotent] = ["read_only", "destructive", "idempotent"].map(&mut hint);
        if let (Some(Located { value: true, .. }), Some(Located { value: true, place })) = (&read_only, &destructive) {
            faults.error(place, "a tool can't be both `read_only` and `destructive`", None);
        }
        let audit_decided = !table.is_absent("audit_arguments");
        let audit_arguments = table.texts("audit_arguments", &LABEL, faults);
        for argument in audit_arguments.iter().filter(|argument| !arguments.contains_key(&argument.value)) {
            let help = did_you_mean(&argument.value, arguments.keys().map(String::as_str));
            let message = format!("`audit_arguments` names `{}`, which `arguments` doesn't declare", argument.value);
            faults.error(&argument.place, message, help);
        }
        Self {
            place: entry.name.place.clone(),
            complete,
            arguments,
            read_only: read_only.map(|flag| flag.value),
            destructive: destructive.map(|flag| flag.value),
            idempotent: idempotent.map(|flag| flag.value),
            audit_arguments: audit_arguments.into_iter().map(|argument| argument.value).collect(),
            audit_decided,
        }
    }
}

/// Reads `query = "string"` or `limit = { type = "long", required = true }`.
fn read_argument(argument: &Entry<'_>, faults: &mut Faults) -> Option<ArgumentDeclaration> {
    if let Some(written) = argument.as_text() {
        let r#type = checked(&written, &argument.name.value, argument_type, faults)?;
        return Some(ArgumentDeclaration { r#type, required: false });
    }
    argument
        .table(faults, |table, faults| {
            let r#type = table
                .required_text("type", &Rule::ANY, faults)
                .and_then(|written| checked(&written, "type", argument_type, faults));
            let required = table.flag("required", faults).is_some_and(|flag| flag.value);
            Some(ArgumentDeclaration { r#type: r#type?, required })
        })
        .flatten()
}

fn argument_type(text: &str) -> Result<ArgumentType, &'static str> {
    match text {
        "string" => Ok(ArgumentType::String),
        "long" => Ok(ArgumentType::Long),
        "boolean" => Ok(ArgumentType::Boolean),
        "decimal" => Ok(ArgumentType::Decimal),
        "string_set" => Ok(ArgumentType::StringSet),
        "long_set" => Ok(ArgumentType::LongSet),
        _ => Err("be one of `string`, `long`, `boolean`, `decimal`, `string_set` and `long_set`"),
    }
}
