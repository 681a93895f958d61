//! Schema: the Cedar schema of one declaration, in which `context.arguments.amount` has its declared type.
//!
//! In Cedar's own notation, for a tool that declares `amount` (a required `long`) and `note` (a `string`):
//!
//! ```text
//! entity Group; entity Team; entity Agent; entity VirtualServer; entity Origin;
//! entity User, Service in [Group, Team] {
//!     issuer: String, subject: String, team?: String, project?: String, tenant?: String,
//! };
//! entity Tool, Resource, Prompt in [VirtualServer, Origin] {
//!     name: String, data_classes: Set<String>, risk: String, read_only: Bool, destructive: Bool, idempotent: Bool,
//! };
//! type Circumstances = {
//!     now: datetime, address?: ipaddr, country?: String, agent: Agent,
//!     authentication: { acr?: String, amr: Set<String>, auth_time?: datetime },
//! };
//! action list appliesTo { principal: [User, Service], resource: Tool, context: Circumstances };
//! action call appliesTo { principal: [User, Service], resource: Tool,
//!     context: Circumstances + { arguments: { amount: Long, note?: String } } };
//! action read, get;
//! ```
//!
//! `list` has no `arguments`, because a list request gives none. `read` is the action of resources, with the argument
//! `uri`, and `get` that of prompts. In the schema of a tool they apply to nothing, so that a policy about several
//! kinds is checked against each kind's own arguments.

use cedar_policy::Schema;
use policy::declaration::{MAXIMUM_ARGUMENT_NAME_BYTES, MAXIMUM_ARGUMENTS, Shape};
use serde_json::{Map, Value, json};

use policy::{ArgumentDeclaration, ArgumentType, Kind};

use crate::{FaultReason, PolicyFault};

/// The schema of `kind` and `arguments` for the validation of policies.
///
/// # Errors
/// See [`admissible`].
pub fn schema(kind: Kind, arguments: &Shape) -> Result<Schema, PolicyFault> {
    build(&[(kind, arguments)], true)
}

/// The schema of all kinds, for policies that read no arguments.
pub(crate) fn schema_of_all() -> Result<Schema, PolicyFault> {
    let none = Shape::new();
    build(&Kind::ALL.map(|kind| (kind, &none)), true)
}

/// The schema for the validation of requests. Unlike in [`schema`](fn@schema), `now` and `authentication` are optional,
/// because a request omits attributes that no policy can read.
pub(crate) fn request_schema(kind: Kind, arguments: &Shape) -> Result<Schema, PolicyFault> {
    build(&[(kind, arguments)], false)
}

/// Checks that a schema can be made for `arguments`.
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

fn build(declared: &[(Kind, &Shape)], complete: bool) -> Result<Schema, PolicyFault> {
    for (_, arguments) in declared {
        admissible(arguments)?;
    }
    Schema::from_json_value(document(declared, complete)).map_err(|error| fault(error.to_string()))
}

/// Cedar's JSON schema format: unlike its text, it needs no quoting of argument names.
fn document(declared: &[(Kind, &Shape)], complete: bool) -> Value {
    let circumstances = circumstances(complete);
    let kinds: Vec<Kind> = declared.iter().map(|(kind, _)| *kind).collect();
    let mut actions = Map::from_iter([("list".to_owned(), action(&kinds, Value::Object(circumstances.clone())))]);
    for kind in Kind::ALL {
        let of_kind = declared.iter().find(|(of, _)| *of == kind);
        let using = of_kind.map_or_else(
            || action(&[], Value::Object(Map::new())),
            |(_, arguments)| action(&[kind], with_arguments(circumstances.clone(), arguments)),
        );
        actions.insert(kind.action().to_owned(), using);
    }
    let exposed = json!({ "memberOfTypes": ["VirtualServer", "Origin"], "shape": record(json!({
        "name": required("String"), "data_classes": set("String", true), "risk": required("String"),
        "read_only": required("Boolean"), "destructive": required("Boolean"), "idempotent": required("Boolean"),
    })) });
    let principal = json!({ "memberOfTypes": ["Group", "Team"], "shape": record(json!({
        "issuer": required("String"), "subject": required("String"),
        "team": optional("String"), "project": optional("String"), "tenant": optional("String"),
    })) });
    json!({ "": {
        "entityTypes": {
            "Group": {}, "Team": {}, "Agent": {}, "VirtualServer": {}, "Origin": {},
            "User": principal, "Service": principal,
            "Tool": exposed, "Resource": exposed, "Prompt": exposed,
        },
        "actions": actions,
    } })
}

/// The context of `call`, `read` and `get`.
fn with_arguments(mut circumstances: Map<String, Value>, arguments: &Shape) -> Value {
    let declared = arguments.iter().map(|(name, declaration)| (name.clone(), argument(*declaration))).collect();
    circumstances.insert("arguments".to_owned(), record(Value::Object(declared)));
    Value::Object(circumstances)
}

/// The context of all actions.
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

/// An action on entities of these kinds; without kinds, it applies to nothing.
fn action(kinds: &[Kind], attributes: Value) -> Value {
    let principals: &[&str] = if kinds.is_empty() { &[] } else { &["User", "Service"] };
    let resources: Vec<&str> = kinds.iter().map(|kind| kind.entity_type()).collect();
    json!({ "appliesTo": { "principalTypes": principals, "resourceTypes": resources, "context": record(attributes) } })
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
    PolicyFault::of_declaration(FaultReason::Declaration, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(names: impl IntoIterator<Item = String>) -> Shape {
        let declaration = ArgumentDeclaration { r#type: ArgumentType::Long, required: true };
        names.into_iter().map(|name| (name, declaration)).collect()
    }

    #[test]
    fn schema_has_every_action_and_only_those_of_kind_apply() {
        for kind in Kind::ALL {
            let schema = schema(kind, &shape(["amount".to_owned()])).unwrap();
            for (name, applies) in [("list", true)].into_iter().chain(Kind::ALL.map(|of| (of.action(), of == kind))) {
                let uid: cedar_policy::EntityUid = format!("Action::\"{name}\"").parse().unwrap();
                let resources = schema.resources_for_action(&uid).map(|types| types.map(ToString::to_string).collect());
                let expected: Vec<String> = applies.then(|| kind.entity_type().to_owned()).into_iter().collect();
                assert_eq!(resources, Some(expected), "`{name}` in the schema of a {}", kind.as_str());
            }
        }
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
            assert!(
                schema(Kind::Tool, &shape([name.to_owned()])).is_ok(),
                "`{name}` should be a possible argument name"
            );
        }
    }

    #[test]
    fn schema_refuses_too_many_and_too_long_names() {
        let many = shape((0..=MAXIMUM_ARGUMENTS).map(|number| format!("argument{number}")));
        assert_eq!(schema(Kind::Tool, &many).unwrap_err().reason(), "declaration", "one too many should be a fault");
        let long = shape(["x".repeat(MAXIMUM_ARGUMENT_NAME_BYTES + 1)]);
        assert_eq!(
            schema(Kind::Prompt, &long).unwrap_err().reason(),
            "declaration",
            "a name too long should be a fault"
        );
        assert_eq!(
            schema(Kind::Tool, &shape([String::new()])).unwrap_err().reason(),
            "declaration",
            "no name should be a fault"
        );
    }
}
