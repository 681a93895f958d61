//! Back: the gateway's policy as one of Cedar, for a comparison where the text is not at hand.

use cedar_policy::{Policy, PolicyId};
use policy::expression::{Expression, Function, Operator, Variable};
use policy::rule::{Effect, Scope};
use policy::value::{EntityUid, Value};
use serde_json::{Map, Value as Json, json};

/// The policy of Cedar that means the same.
///
/// # Errors
/// Cedar doesn't take it, for the reason given.
pub fn to_cedar(id: &str, policy: &policy::Policy) -> Result<Policy, String> {
    let actions = match policy.actions.as_deref() {
        None => json!({ "op": "All" }),
        Some([only]) => json!({ "op": "==", "entity": entity(only) }),
        Some(several) => json!({ "op": "in", "entities": several.iter().map(entity).collect::<Vec<_>>() }),
    };
    let conditions: Vec<Json> =
        policy.condition.iter().map(|body| json!({ "kind": "when", "body": expression(body) })).collect();
    let annotations: Map<String, Json> =
        policy.message.iter().map(|message| ("message".to_owned(), json!(**message))).collect();
    let document = json!({
        "effect": match policy.effect { Effect::Permit => "permit", Effect::Forbid => "forbid" },
        "principal": scope(&policy.principal),
        "action": actions,
        "resource": scope(&policy.resource),
        "conditions": conditions,
        "annotations": annotations,
    });
    Policy::from_json(Some(PolicyId::new(id)), document).map_err(|error| error.to_string())
}

fn scope(scope: &Scope) -> Json {
    match scope {
        Scope::Any => json!({ "op": "All" }),
        Scope::Is(type_name) => json!({ "op": "is", "entity_type": **type_name }),
        Scope::Equal(uid) => json!({ "op": "==", "entity": entity(uid) }),
        Scope::In(uid) => json!({ "op": "in", "entity": entity(uid) }),
        Scope::IsIn(type_name, uid) => {
            json!({ "op": "is", "entity_type": **type_name, "in": { "entity": entity(uid) } })
        }
    }
}

fn entity(uid: &EntityUid) -> Json {
    json!({ "type": *uid.type_name, "id": *uid.id })
}

fn expression(of: &Expression) -> Json {
    match of {
        Expression::Constant(value) => constant(value),
        Expression::Variable(variable) => json!({ "Var": match variable {
            Variable::Principal => "principal",
            Variable::Action => "action",
            Variable::Resource => "resource",
            Variable::Context => "context",
        } }),
        Expression::And(operands) => chain("&&", operands),
        Expression::Or(operands) => chain("||", operands),
        Expression::Not(operand) => json!({ "!": { "arg": expression(operand) } }),
        Expression::Negate(operand) => json!({ "neg": { "arg": expression(operand) } }),
        Expression::IsEmpty(operand) => json!({ "isEmpty": { "arg": expression(operand) } }),
        Expression::If(parts) => {
            let [condition, then, otherwise] = parts.each_ref().map(expression);
            json!({ "if-then-else": { "if": condition, "then": then, "else": otherwise } })
        }
        Expression::Binary(operator, operands) => {
            let name = Operator::ALL.iter().find(|(of, _)| of == operator).map(|(_, name)| *name);
            let [left, right] = operands.each_ref().map(expression);
            one(name.unwrap_or_default(), json!({ "left": left, "right": right }))
        }
        Expression::Get(operand, name) => json!({ ".": { "left": expression(operand), "attr": **name } }),
        Expression::Has(operand, path) => {
            let left = expression(operand);
            match path.as_slice() {
                [only] => json!({ "has": { "left": left, "attr": **only } }),
                path => json!({ "has": { "left": left, "attr": path.iter().map(|name| &**name).collect::<Vec<_>>() } }),
            }
        }
        Expression::Like(operand, pattern) => {
            let (first, rest) = pattern.parts();
            let literal = |text: &str| (!text.is_empty()).then(|| json!({ "Literal": text }));
            let rest = rest.iter().flat_map(|part| [Some(json!("Wildcard")), literal(part)]);
            let elements: Vec<Json> = std::iter::once(literal(first)).chain(rest).flatten().collect();
            json!({ "like": { "left": expression(operand), "pattern": elements } })
        }
        Expression::Is(operand, type_name) => {
            json!({ "is": { "left": expression(operand), "entity_type": **type_name } })
        }
        Expression::IsIn(type_name, operands) => {
            let [left, right] = operands.each_ref().map(expression);
            json!({ "is": { "left": left, "entity_type": **type_name, "in": right } })
        }
        Expression::Set(elements) => json!({ "Set": elements.iter().map(expression).collect::<Vec<_>>() }),
        Expression::Record(attributes) => {
            let members = attributes.iter().map(|(name, value)| ((**name).to_owned(), expression(value)));
            json!({ "Record": members.collect::<Map<_, _>>() })
        }
        Expression::Call(function, arguments) => call(*function, arguments.iter().map(expression).collect()),
    }
}

/// A chain as a tree of operators with two operands each.
fn chain(operator: &str, operands: &[Expression]) -> Json {
    let mut operands = operands.iter().map(expression);
    let first = operands.next().unwrap_or_default();
    operands.fold(first, |left, right| one(operator, json!({ "left": left, "right": right })))
}

fn call(function: Function, arguments: Vec<Json>) -> Json {
    let name = Function::ALL.iter().find(|(of, ..)| *of == function).map(|(_, name, _)| *name);
    one(name.unwrap_or_default(), Json::Array(arguments))
}

fn one(name: &str, operand: Json) -> Json {
    Json::Object(Map::from_iter([(name.to_owned(), operand)]))
}

fn constant(value: &Value) -> Json {
    let text = |function, text: String| call(function, vec![json!({ "Value": text })]);
    match value {
        Value::Bool(value) => json!({ "Value": value }),
        Value::Long(value) => json!({ "Value": value }),
        Value::String(value) => json!({ "Value": **value }),
        Value::Entity(uid) => json!({ "Value": { "__entity": entity(uid) } }),
        Value::Set(set) => json!({ "Set": set.elements().iter().map(constant).collect::<Vec<_>>() }),
        Value::Record(record) => {
            let members = record.attributes().iter().map(|(name, value)| ((**name).to_owned(), constant(value)));
            json!({ "Record": members.collect::<Map<_, _>>() })
        }
        Value::Ip(range) => text(Function::Ip, range.to_string()),
        Value::Decimal(decimal) => text(Function::Decimal, decimal.to_string()),
        Value::Duration(milliseconds) => text(Function::Duration, format!("{milliseconds}ms")),
        Value::Datetime(milliseconds) => {
            if let Some(of) = value.datetime_text() {
                return text(Function::Datetime, of);
            }
            let epoch = text(Function::Datetime, "1970-01-01".to_owned());
            call(Function::Offset, vec![epoch, text(Function::Duration, format!("{milliseconds}ms"))])
        }
    }
}
