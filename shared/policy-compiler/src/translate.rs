//! Translate: a Cedar policy as the gateway evaluates it, read from Cedar's JSON policy format, and back.
//!
//! The JSON format is Cedar's documented one, and keeps each operator as written. An operator that isn't known here is
//! refused, so that a policy of a later Cedar is never published in part.

mod back;

use std::rc::Rc;

use cedar_policy::{ActionConstraint, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};
use policy::expression::{Expression, Function, Operator, Variable};
use policy::pattern::Pattern;
use policy::rule::{Effect, Scope};
use policy::value::{EntityUid as OwnUid, Value};
use serde_json::{Map, Value as Json};

pub use back::to_cedar;

/// Translates a policy.
///
/// # Errors
/// The operator or literal that has no translation, in words.
pub fn translate(policy: &Policy) -> Result<policy::Policy, String> {
    if !policy.is_static() {
        return Err("a template has no place in the registry".to_owned());
    }
    let document = policy.to_json().map_err(|error| error.to_string())?;
    let actions = match policy.action_constraint() {
        ActionConstraint::Any => None,
        ActionConstraint::Eq(action) => Some(vec![uid(&action)]),
        ActionConstraint::In(actions) => Some(actions.iter().map(uid).collect()),
    };
    Ok(policy::Policy {
        effect: match policy.effect() {
            cedar_policy::Effect::Permit => Effect::Permit,
            cedar_policy::Effect::Forbid => Effect::Forbid,
        },
        principal: match policy.principal_constraint() {
            PrincipalConstraint::Any => Scope::Any,
            PrincipalConstraint::Is(type_name) => Scope::Is(type_name.to_string().into()),
            PrincipalConstraint::Eq(entity) => Scope::Equal(uid(&entity)),
            PrincipalConstraint::In(entity) => Scope::In(uid(&entity)),
            PrincipalConstraint::IsIn(type_name, entity) => Scope::IsIn(type_name.to_string().into(), uid(&entity)),
        },
        actions,
        resource: match policy.resource_constraint() {
            ResourceConstraint::Any => Scope::Any,
            ResourceConstraint::Is(type_name) => Scope::Is(type_name.to_string().into()),
            ResourceConstraint::Eq(entity) => Scope::Equal(uid(&entity)),
            ResourceConstraint::In(entity) => Scope::In(uid(&entity)),
            ResourceConstraint::IsIn(type_name, entity) => Scope::IsIn(type_name.to_string().into(), uid(&entity)),
        },
        message: policy.annotation("message").map(Rc::from),
        condition: conditions(&document["conditions"])?,
    })
}

fn uid(entity: &EntityUid) -> OwnUid {
    OwnUid::new(&entity.type_name().to_string(), entity.id().unescaped())
}

/// All conditions as one: `when`, and not `unless`.
fn conditions(conditions: &Json) -> Result<Option<Expression>, String> {
    let conditions = conditions.as_array().ok_or("the policy has no list of conditions")?;
    let mut operands = Vec::new();
    for condition in conditions {
        let body = expression(&condition["body"])?;
        match condition["kind"].as_str() {
            Some("when") => flatten(body, &mut operands, true),
            Some("unless") => operands.push(Expression::Not(Box::new(body))),
            _ => return Err("a condition is neither `when` nor `unless`".to_owned()),
        }
    }
    Ok(match operands.len() {
        0 => None,
        1 => operands.pop(),
        _ => Some(Expression::And(operands)),
    })
}

/// Adds an operand of `&&` (or of `||`); one that is such a chain itself, by its own operands, which are evaluated in
/// the same order with the same result.
fn flatten(operand: Expression, operands: &mut Vec<Expression>, is_and: bool) {
    match operand {
        Expression::And(inner) if is_and => operands.extend(inner),
        Expression::Or(inner) if !is_and => operands.extend(inner),
        other => operands.push(other),
    }
}

/// One expression: an object with one member, named like its operator.
fn expression(json: &Json) -> Result<Expression, String> {
    let members = json.as_object().filter(|members| members.len() == 1);
    let (name, operand) = members.and_then(|members| members.iter().next()).ok_or("an expression isn't readable")?;
    if let Some((operator, _)) = Operator::ALL.into_iter().find(|(_, of)| of == name) {
        return Ok(Expression::Binary(operator, Box::new([part(operand, "left")?, part(operand, "right")?])));
    }
    if let Some((function, _, arity)) = Function::ALL.into_iter().find(|(_, of, _)| of == name) {
        let arguments = all(operand)?;
        if arguments.len() != arity {
            return Err(format!("`{name}` has {} arguments where {arity} are expected", arguments.len()));
        }
        return Ok(Expression::call(function, arguments));
    }
    match name.as_str() {
        "Value" => literal(operand).map(Expression::Constant),
        "Var" => variable(operand),
        "&&" | "||" => {
            let is_and = name == "&&";
            let mut operands = Vec::new();
            flatten(part(operand, "left")?, &mut operands, is_and);
            flatten(part(operand, "right")?, &mut operands, is_and);
            Ok(if is_and { Expression::And(operands) } else { Expression::Or(operands) })
        }
        "!" => Ok(Expression::Not(Box::new(part(operand, "arg")?))),
        "neg" => Ok(Expression::Negate(Box::new(part(operand, "arg")?))),
        "isEmpty" => Ok(Expression::IsEmpty(Box::new(part(operand, "arg")?))),
        "if-then-else" => {
            let parts = [part(operand, "if")?, part(operand, "then")?, part(operand, "else")?];
            Ok(Expression::If(Box::new(parts)))
        }
        "." => Ok(Expression::Get(Box::new(part(operand, "left")?), text(&operand["attr"])?)),
        "has" => {
            let path: Result<Vec<Rc<str>>, String> = match &operand["attr"] {
                Json::Array(path) => path.iter().map(text).collect(),
                single => text(single).map(|name| vec![name]),
            };
            Ok(Expression::Has(Box::new(part(operand, "left")?), path?))
        }
        "like" => Ok(Expression::Like(Box::new(part(operand, "left")?), pattern(&operand["pattern"])?)),
        "is" => {
            let (left, type_name) = (part(operand, "left")?, text(&operand["entity_type"])?);
            match operand.get("in") {
                None => Ok(Expression::Is(Box::new(left), type_name)),
                Some(container) => Ok(Expression::IsIn(type_name, Box::new([left, expression(container)?]))),
            }
        }
        "Set" => all(operand).map(Expression::set),
        "Record" => {
            let members: &Map<String, Json> = operand.as_object().ok_or("a record isn't readable")?;
            let attributes = members.iter().map(|(name, value)| Ok((name.as_str().into(), expression(value)?)));
            attributes.collect::<Result<Vec<_>, String>>().map(Expression::record)
        }
        other => Err(format!("the gateway doesn't evaluate `{other}`")),
    }
}

fn part(operands: &Json, name: &str) -> Result<Expression, String> {
    expression(operands.get(name).ok_or_else(|| format!("an operator has no `{name}`"))?)
}

fn all(operands: &Json) -> Result<Vec<Expression>, String> {
    operands.as_array().ok_or("an operator has no list of operands")?.iter().map(expression).collect()
}

fn text(json: &Json) -> Result<Rc<str>, String> {
    json.as_str().map(Rc::from).ok_or_else(|| "a name isn't a text".to_owned())
}

fn variable(json: &Json) -> Result<Expression, String> {
    let variable = match json.as_str() {
        Some("principal") => Variable::Principal,
        Some("action") => Variable::Action,
        Some("resource") => Variable::Resource,
        Some("context") => Variable::Context,
        _ => return Err(format!("the gateway doesn't know the variable {json}")),
    };
    Ok(Expression::Variable(variable))
}

fn literal(json: &Json) -> Result<Value, String> {
    let entity = &json["__entity"];
    match json {
        Json::Bool(value) => Ok(Value::Bool(*value)),
        Json::String(value) => Ok(Value::string(value)),
        Json::Number(number) => {
            number.as_i64().map(Value::Long).ok_or_else(|| format!("the number {number} isn't one of 64 bits"))
        }
        Json::Object(_) if entity.is_object() => {
            let uid = OwnUid { type_name: text(&entity["type"])?, id: text(&entity["id"])? };
            Ok(Value::Entity(uid))
        }
        other => Err(format!("the gateway doesn't know the literal {other}")),
    }
}

/// A pattern: literal texts and wildcards in their order.
fn pattern(json: &Json) -> Result<Pattern, String> {
    let (mut first, mut rest): (String, Vec<String>) = (String::new(), Vec::new());
    for element in json.as_array().ok_or("a pattern isn't a list")? {
        match (element.as_str(), element["Literal"].as_str()) {
            (Some("Wildcard"), _) => rest.push(String::new()),
            (_, Some(literal)) => rest.last_mut().unwrap_or(&mut first).push_str(literal),
            _ => return Err(format!("the gateway doesn't know the pattern {element}")),
        }
    }
    Ok(Pattern::new(first, rest))
}

#[cfg(test)]
mod tests;
