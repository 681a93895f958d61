//! The gateway's values, entities and requests in Cedar's types.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};
use policy::value::{EntityUid as OwnUid, Record, Value};

/// Reasons are Cedar's own, in words.
pub(crate) type Result<T> = std::result::Result<T, String>;

pub(crate) fn uid(uid: &OwnUid) -> Result<EntityUid> {
    Ok(EntityUid::from_type_name_and_id(type_name(&uid.type_name)?, EntityId::new(&*uid.id)))
}

/// Cedar's name of an entity type; its parser takes longer than a decision.
fn type_name(name: &str) -> Result<EntityTypeName> {
    thread_local!(static KNOWN: RefCell<HashMap<String, EntityTypeName>> = RefCell::default());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
        return Ok(known);
    }
    let parsed = EntityTypeName::from_str(name).map_err(|error| error.to_string())?;
    KNOWN.with_borrow_mut(|known| known.insert(name.to_owned(), parsed.clone()));
    Ok(parsed)
}

pub(crate) fn value(of: &Value) -> Result<RestrictedExpression> {
    Ok(match of {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::Long(value) => RestrictedExpression::new_long(*value),
        Value::String(value) => RestrictedExpression::new_string((**value).to_owned()),
        Value::Entity(entity) => RestrictedExpression::new_entity_uid(uid(entity)?),
        Value::Set(set) => {
            let elements: Result<Vec<_>> = set.elements().iter().map(value).collect();
            RestrictedExpression::new_set(elements?)
        }
        Value::Record(record) => {
            RestrictedExpression::new_record(attributes(record)?).map_err(|error| error.to_string())?
        }
        Value::Ip(range) => RestrictedExpression::new_ip(range.to_string()),
        Value::Decimal(decimal) => RestrictedExpression::new_decimal(decimal.to_string()),
        Value::Duration(milliseconds) => RestrictedExpression::new_duration(format!("{milliseconds}ms")),
        Value::Datetime(_) => match of.datetime_text() {
            Some(text) => RestrictedExpression::new_datetime(text),
            None => RestrictedExpression::from_str(&of.to_string()).map_err(|error| error.to_string())?,
        },
    })
}

fn attributes(record: &Record) -> Result<Vec<(String, RestrictedExpression)>> {
    record.attributes().iter().map(|(name, of)| Ok(((**name).to_owned(), value(of)?))).collect()
}

pub(crate) fn entities(entities: &[&policy::evaluator::Entity]) -> Result<Entities> {
    let entities: Result<Vec<Entity>> = entities.iter().map(|entity| self::entity(entity)).collect();
    Entities::from_entities(entities?, None).map_err(|error| error.to_string())
}

fn entity(entity: &policy::evaluator::Entity) -> Result<Entity> {
    let attributes: HashMap<_, _> = attributes(&entity.attributes)?.into_iter().collect();
    let parents: Result<HashSet<_>> = entity.ancestors.iter().map(uid).collect();
    Entity::new(uid(&entity.uid)?, attributes, parents?).map_err(|error| error.to_string())
}

/// The request; with a schema, only if it fits.
pub(crate) fn request(request: &policy::evaluator::Request, schema: Option<&Schema>) -> Result<Request> {
    let context = Context::from_pairs(attributes(&request.context)?).map_err(|error| error.to_string())?;
    let [principal, action, resource] = [&request.principal, &request.action, &request.resource].map(uid);
    Request::new(principal?, action?, resource?, context, schema).map_err(|error| error.to_string())
}
