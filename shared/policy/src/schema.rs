//! The Cedar schema of one tool, generated from its declaration so that `context.arguments.amount` has that tool's type.
//!
//! In Cedar's own notation, for a tool that declares `amount` (a required `long`) and `note` (a `string`):
//!
//! ```text
//! entity Group; entity Team; entity Agent; entity VirtualServer; entity Origin;
//! entity User in [Group, Team] { issuer: String, subject: String, team?: String, project?: String, tenant?: String };
//! entity Tool in [VirtualServer, Origin] {
//!     name: String, data_classes: Set<String>, risk: String, read_only: Bool, destructive: Bool, idempotent: Bool,
//! };
//! type Circumstances = {
//!     now: datetime, address?: ipaddr, country?: String, agent: Agent,
//!     authentication: { acr?: String, amr: Set<String>, auth_time?: datetime },
//! };
//! action list appliesTo { principal: User, resource: Tool, context: Circumstances };
//! action call appliesTo { principal: User, resource: Tool,
//!     context: Circumstances + { arguments: { amount: Long, note?: String } } };
//! ```
//!
//! `list` has no `arguments`: whether a tool is seen can't depend on arguments that nobody has given yet.

use std::collections::BTreeMap;

use cedar_policy::Schema;
use serde_json::{Map, Value, json};

use crate::{ArgumentDeclaration, ArgumentType, FaultReason, PolicyFault};

/// The declared arguments of a tool: all that its schema depends on.
pub type Shape = BTreeMap<String, ArgumentDeclaration>;

/// The schema for tools that declare `arguments`, as policies are validated against it.
///
/// # Errors
/// See [`admissible`].
pub fn schema(arguments: &Shape) -> Result<Schema, PolicyFault> {
    build(arguments, true)
}

/// The schema that requests are validated against. It differs in one point: `now` and `authentication` may be absent, because a request leaves out
/// what no policy of its tool can see.
pub(crate) fn request_schema(arguments: &Shape) -> Result<Schema, PolicyFault> {
    build(arguments, false)
}

/// Whether a schema can be made for `arguments`.
///
/// # Errors
/// More than [`MAXIMUM_ARGUMENTS`], or a name that is empty or longer than [`MAXIMUM_ARGUMENT_NAME_BYTES`].
pub fn admissible(arguments: &Shape) -> Result<(), PolicyFault> {
    if arguments.len() > MAXIMUM_ARGUMENTS {
        return Err(fault(format!("{} declared arguments where {MAXIMUM_ARGUMENTS} are allowed", arguments.len())));
    }
    match arguments.keys().find(|name| name.is_empty() || name.len() > MAXIMUM_ARGUMENT_NAME_BYTES) {
        Some(name) => Err(fault(format!(
            "the argument name `{name}` is empty or longer than {MAXIMUM_ARGUMENT_NAME_BYTES} bytes"
        ))),
        None => Ok(()),
    }
}

fn build(arguments: &Shape, complete: bool) -> Result<Schema, PolicyFault> {
    admissible(arguments)?;
    Schema::from_json_value(document(arguments, complete)).map_err(|error| fault(error.to_string()))
}

/// Cedar's JSON schema format: unlike its text, it needs no quoting of argument names.
fn document(arguments: &Shape, complete: bool) -> Value {
    let mut circumstances = circumstances(complete);
    let list = action(Value::Object(circumstances.clone()));
    let declared = arguments.iter().map(|(name, declaration)| (name.clone(), argument(*declaration))).collect();
    circumstances.insert("arguments".to_owned(), record(Value::Object(declared)));
    let call = action(Value::Object(circumstances));
    json!({ "": {
        "entityTypes": {
            "Group": {}, "Team": {}, "Agent": {}, "VirtualServer": {}, "Origin": {},
            "User": { "memberOfTypes": ["Group", "Team"], "shape": record(json!({
                "issuer": required("String"), "subject": required("String"),
                "team": optional("String"), "project": optional("String"), "tenant": optional("String"),
            })) },
            "Tool": { "memberOfTypes": ["VirtualServer", "Origin"], "shape": record(json!({
                "name": required("String"), "data_classes": set("String", true), "risk": required("String"),
                "read_only": required("Boolean"), "destructive": required("Boolean"), "idempotent": required("Boolean"),
            })) },
        },
        "actions": { "list": list, "call": call },
    } })
}

/// What both actions have in their context.
fn circumstances(complete: bool) -> Map<String, Value> {
    let authentication = json!({
        "acr": optional("String"), "amr": set("String", true), "auth_time": extension("datetime", false),
    });
    let attributes = [
        ("now", extension("datetime", complete)),
        ("address", extension("ipaddr", false)),
        ("country", optional("String")),
        ("agent", json!({ "type": "Entity", "name": "Agent" })),
        ("authentication", json!({ "type": "Record", "attributes": authentication, "required": complete })),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn argument(declaration: ArgumentDeclaration) -> Value {
    let required = declaration.required;
    match declaration.r#type {
        ArgumentType::String => json!({ "type": "String", "required": required }),
        ArgumentType::Long => json!({ "type": "Long", "required": required }),
        ArgumentType::Boolean => json!({ "type": "Boolean", "required": required }),
        ArgumentType::Decimal => extension("decimal", required),
        ArgumentType::StringSet => set("String", required),
        ArgumentType::LongSet => set("Long", required),
    }
}

fn action(attributes: Value) -> Value {
    json!({ "appliesTo": { "principalTypes": ["User"], "resourceTypes": ["Tool"], "context": record(attributes) } })
}

fn record(attributes: Value) -> Value {
    json!({ "type": "Record", "attributes": attributes })
}

fn required(r#type: &str) -> Value {
    json!({ "type": r#type })
}

fn optional(r#type: &str) -> Value {
    json!({ "type": r#type, "required": false })
}

fn set(element: &str, required: bool) -> Value {
    json!({ "type": "Set", "element": { "type": element }, "required": required })
}

fn extension(name: &str, required: bool) -> Value {
    json!({ "type": "Extension", "name": name, "required": required })
}

fn fault(message: String) -> PolicyFault {
    PolicyFault::of_tool(FaultReason::Declaration, message)
}

/// A tool has a handful of arguments that rules are about; the bound keeps a record's size in hand.
pub const MAXIMUM_ARGUMENTS: usize = 64;

/// Long enough for any name that a person writes into a rule.
pub const MAXIMUM_ARGUMENT_NAME_BYTES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(names: impl IntoIterator<Item = String>) -> Shape {
        let declaration = ArgumentDeclaration { r#type: ArgumentType::Long, required: true };
        names.into_iter().map(|name| (name, declaration)).collect()
    }

    #[test]
    fn schema_has_both_actions_whatever_the_arguments() {
        let schema = schema(&shape(["amount".to_owned()])).unwrap();
        let actions: Vec<String> = schema.actions().map(ToString::to_string).collect();
        assert!(actions.iter().any(|action| action == r#"Action::"list""#), "`list` should be there: {actions:?}");
        assert!(actions.iter().any(|action| action == r#"Action::"call""#), "`call` should be there: {actions:?}");
    }

    #[test]
    fn schema_takes_any_spelling_of_argument_names() {
        for name in [
            "two words",
            "quo\"te",
            "back\\slash",
            "ünïcode",
            "__entity",
            "__extn",
            "type",
            "in",
            "context",
            "\u{202e}x",
        ] {
            assert!(schema(&shape([name.to_owned()])).is_ok(), "`{name}` should be a possible argument name");
        }
    }

    #[test]
    fn schema_refuses_too_many_and_too_long_names() {
        let many = shape((0..=MAXIMUM_ARGUMENTS).map(|number| format!("argument{number}")));
        assert_eq!(schema(&many).unwrap_err().reason(), "tool_declaration", "one too many should be a fault");
        let long = shape(["x".repeat(MAXIMUM_ARGUMENT_NAME_BYTES + 1)]);
        assert_eq!(schema(&long).unwrap_err().reason(), "tool_declaration", "a name too long should be a fault");
        assert_eq!(
            schema(&shape([String::new()])).unwrap_err().reason(),
            "tool_declaration",
            "no name should be a fault"
        );
    }
}
