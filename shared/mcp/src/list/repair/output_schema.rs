//! Output schemas that clients compile.
//!
//! The TypeScript SDK 1.x compiles every `outputSchema` with Ajv when it lists tools, and one that Ajv refuses fails
//! the whole list; the SDK 2.x refuses every call of that tool. The rules here are Ajv's, for draft 7 and 2020-12:
//! keywords with values of the right type, references that resolve, regular expressions of ECMAScript. Ajv ignores
//! unknown keywords, and so does this. In doubt a schema counts as not compiling.

use std::borrow::Cow;

use json::{ScanError, Scanner, decode_string};

use super::pattern;

/// The maximum number of references in one schema.
const MAX_REFERENCES: usize = 256;
/// The maximum number of references that lead to each other without a keyword between them.
const MAX_HOPS: usize = 8;
/// The bytes that may be walked for all references of a schema, as a multiple of its length.
const MAX_WALKS: usize = 256;

/// True if clients can compile this schema, the JSON text of an object.
pub(super) fn compiles(schema: &str) -> bool {
    let mut check = Check::default();
    let is_valid = check.schema(&mut Scanner::new(schema), true) == Ok(true);
    check.anchors.sort_unstable();
    check.references.sort_unstable();
    check.references.dedup();
    let mut left = schema.len().saturating_mul(MAX_WALKS);
    is_valid
        && check.anchors.iter().all(|anchor| is_anchor(anchor))
        && check.anchors.windows(2).all(|pair| pair.first() != pair.last())
        && check
            .references
            .iter()
            .all(|reference| resolves(schema, reference, &check.anchors, &mut left).unwrap_or(false))
}

#[derive(Default)]
struct Check<'a> {
    references: Vec<Cow<'a, str>>,
    anchors: Vec<Cow<'a, str>>,
}

/// The value that a keyword needs.
enum Value {
    Schema,
    SchemaArray,
    SchemaMap,
    /// Like [`Self::SchemaMap`], with regular expressions as names.
    PatternMap,
    /// Definitions, which matter only if a reference leads to them.
    Definitions,
    /// Each a schema, or the names of members.
    Dependencies,
    /// Each the names of members.
    Names,
    Number,
    Flag,
    Text,
    Array,
    Filled,
    Pattern,
    Type,
    /// A keyword that no schema may have.
    Refused,
    Ignored,
}

impl Value {
    fn of(keyword: &str, is_root: bool) -> Self {
        match keyword {
            "additionalItems"
            | "additionalProperties"
            | "contains"
            | "else"
            | "if"
            | "items"
            | "not"
            | "propertyNames"
            | "then"
            | "unevaluatedItems"
            | "unevaluatedProperties" => Self::Schema,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => Self::SchemaArray,
            "properties" | "dependentSchemas" => Self::SchemaMap,
            "patternProperties" => Self::PatternMap,
            "$defs" | "definitions" => Self::Definitions,
            "dependencies" => Self::Dependencies,
            "dependentRequired" => Self::Names,
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minLength"
            | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains"
            | "maxContains" => Self::Number,
            "uniqueItems" | "nullable" => Self::Flag,
            "format" => Self::Text,
            "required" => Self::Array,
            "enum" => Self::Filled,
            "pattern" => Self::Pattern,
            "type" => Self::Type,
            "$id" if is_root => Self::Text,
            // Draft 4; `formatMinimum` and its like are Ajv's own; a nested `$id` moves the base of references.
            "id" | "$id" | "formatMinimum" | "formatMaximum" | "formatExclusiveMinimum" | "formatExclusiveMaximum" => {
                Self::Refused
            }
            _ => Self::Ignored,
        }
    }
}

impl<'a> Check<'a> {
    /// Checks one schema; false if clients can't compile it.
    fn schema(&mut self, scanner: &mut Scanner<'a>, is_root: bool) -> Result<bool, ScanError> {
        if scanner.next_byte() != Some(b'{') {
            return Ok(matches!(scanner.value()?, "true" | "false"));
        }
        let (mut fits, mut has_type, mut is_nullable) = (true, false, false);
        scanner.object::<ScanError>(|scanner, name| {
            let Some(keyword) = decode_string(name) else { return scanner.value().map(drop) };
            fits &= match &*keyword {
                "$ref" => note(&mut self.references, scanner.value()?),
                "$anchor" | "$dynamicAnchor" => note(&mut self.anchors, scanner.value()?),
                "$schema" if is_root => is_dialect(scanner.value()?),
                keyword => {
                    has_type |= keyword == "type";
                    is_nullable |= keyword == "nullable";
                    self.keyword(scanner, &Value::of(keyword, is_root))?
                }
            };
            Ok(())
        })?;
        Ok(fits && (has_type || !is_nullable))
    }

    fn keyword(&mut self, scanner: &mut Scanner<'a>, value: &Value) -> Result<bool, ScanError> {
        let first = scanner.next_byte();
        Ok(match (value, first) {
            (Value::Schema, _) => self.schema(scanner, false)?,
            (Value::SchemaArray, Some(b'[')) => {
                let mut fits = true;
                scanner.array::<ScanError>(|scanner| {
                    fits &= self.schema(scanner, false)?;
                    Ok(())
                })?;
                fits
            }
            (Value::SchemaMap | Value::PatternMap | Value::Definitions | Value::Dependencies, Some(b'{')) => {
                self.map(scanner, value)?
            }
            (Value::Names, Some(b'{')) => {
                let mut fits = true;
                scanner.object::<ScanError>(|scanner, _| {
                    fits &= scanner.value()?.starts_with('[');
                    Ok(())
                })?;
                fits
            }
            (Value::Type, _) => is_type(scanner.value()?)?,
            (Value::Pattern, _) => {
                decode_string(scanner.value()?).is_some_and(|pattern| pattern::is_expression(&pattern))
            }
            (simple, _) => {
                let text = scanner.value()?;
                match simple {
                    Value::Number => matches!(first, Some(b'-' | b'0'..=b'9')),
                    Value::Flag => matches!(text, "true" | "false"),
                    Value::Text => first == Some(b'"'),
                    Value::Array => first == Some(b'['),
                    Value::Filled => first == Some(b'[') && !super::text::is_empty(text),
                    Value::Definitions | Value::Ignored => true,
                    _ => false,
                }
            }
        })
    }

    /// Checks an object whose values are schemas.
    fn map(&mut self, scanner: &mut Scanner<'a>, value: &Value) -> Result<bool, ScanError> {
        let mut fits = true;
        scanner.object::<ScanError>(|scanner, name| {
            fits &= match (value, scanner.next_byte()) {
                (Value::Dependencies, Some(b'[')) => scanner.value().map(|_| true)?,
                // Ajv reads a definition only where a reference leads to it.
                (Value::Definitions, first) if first != Some(b'{') => scanner.value().map(|_| true)?,
                _ => self.schema(scanner, false)?,
            };
            if matches!(value, Value::PatternMap) {
                fits &= decode_string(name).is_some_and(|pattern| pattern::is_expression(&pattern));
            }
            Ok(())
        })?;
        Ok(fits)
    }
}

/// Notes a reference or an anchor; false if it isn't text, or there are too many.
fn note<'a>(noted: &mut Vec<Cow<'a, str>>, value: &'a str) -> bool {
    noted.extend(decode_string(value));
    value.starts_with('"') && noted.len() <= MAX_REFERENCES
}

/// True for the dialects that both SDKs compile.
fn is_dialect(value: &str) -> bool {
    let Some(uri) = decode_string(value) else { return false };
    let uri = uri.strip_suffix('#').unwrap_or(&uri);
    let path = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    let known = ["draft/2020-12", "draft/2019-09", "draft-07", "draft-06"];
    let dialect = path.and_then(|path| path.strip_prefix("json-schema.org/")?.strip_suffix("/schema"));
    dialect.is_some_and(|dialect| known.contains(&dialect))
}

fn is_type(value: &str) -> Result<bool, ScanError> {
    let is_name = |value: &str| {
        let name = decode_string(value);
        let names = ["string", "number", "integer", "boolean", "null", "object", "array"];
        name.is_some_and(|name| names.contains(&&*name))
    };
    if !value.starts_with('[') {
        return Ok(is_name(value));
    }
    let mut fits = true;
    Scanner::new(value).array::<ScanError>(|scanner| {
        fits &= is_name(scanner.value()?);
        Ok(())
    })?;
    Ok(fits)
}

/// True if a reference leads to a schema, and not only back to itself; `None` if it leads nowhere, or too few bytes are
/// `left` to walk.
fn resolves(root: &str, reference: &str, anchors: &[Cow<'_, str>], left: &mut usize) -> Option<bool> {
    let mut reference = Cow::Borrowed(reference);
    for _ in 0..MAX_HOPS {
        let fragment = reference.strip_prefix('#')?;
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return Some(anchors.iter().any(|anchor| anchor == fragment));
        }
        let mut schema = root;
        for token in fragment.split('/').skip(1) {
            *left = left.checked_sub(schema.len())?;
            schema = step(schema, token)?;
        }
        if !schema.starts_with('{') {
            return Some(matches!(schema, "true" | "false"));
        }
        *left = left.checked_sub(schema.len())?;
        match member(schema, "$ref").and_then(decode_string) {
            Some(next) => reference = Cow::Owned(next.into_owned()),
            None => return Some(true),
        }
    }
    None
}

/// One step of a JSON pointer (RFC 6901) in a URI fragment.
fn step<'a>(value: &'a str, token: &str) -> Option<&'a str> {
    let token = token.replace("%20", " ").replace("%24", "$").replace("%7B", "{").replace("%7D", "}");
    // Other encodings aren't decoded: such a reference counts as unresolved.
    let token = token.replace("~1", "/").replace("~0", "~");
    if value.starts_with('{') {
        return member(value, &token);
    }
    let (wanted, mut at, mut found) = (token.parse::<usize>().ok()?, 0, None);
    let mut elements = Scanner::new(value);
    let walked = elements.array::<ScanError>(|scanner| {
        let element = scanner.value()?;
        if at == wanted {
            found = Some(element);
        }
        at += 1;
        Ok(())
    });
    walked.ok().and(found)
}

/// The last member of this name, as JavaScript reads it.
fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    let walked = Scanner::new(object).object::<ScanError>(|scanner, member| {
        let value = scanner.value()?;
        if decode_string(member).as_deref() == Some(name) {
            found = Some(value);
        }
        Ok(())
    });
    walked.ok().and(found)
}

fn is_anchor(anchor: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    anchor.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && anchor.bytes().all(rest)
}
