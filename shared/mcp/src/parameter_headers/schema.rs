//! Finds the annotations in a tool's `inputSchema`, in one walk through all subschemas of JSON Schema 2020-12.
//!
//! ```text
//! {"properties":{"a":{"properties":{"b":{"x-mcp-header":"B"}}}}}   arguments.a.b
//! {"properties":{"x-mcp-header":{"type":"string"}}}                an argument with this name, no annotation
//! {"default":{"x-mcp-header":"B"}}                                 a value, no annotation
//! {"items":{"x-mcp-header":"B"}}                                   an annotation that `properties` do not reach: invalid
//! ```

use http::header::HeaderName;
use memchr::memmem;

use super::{InvalidAnnotation, MAX_NAME_BYTES, MAX_PARAMETERS, Parameter};
use crate::headers::MCP_PARAM_PREFIX;
use json::{RawJson, ScanError, Scanner, decode_string};

const ANNOTATION: &str = "x-mcp-header";

/// Returns the annotated arguments of a tool's definition, in the order of the schema.
pub(super) fn parameters(tool: &RawJson) -> Result<Vec<Parameter>, InvalidAnnotation> {
    if !may_be_annotated(tool) {
        return Ok(Vec::new());
    }
    let mut walk = Walk::default();
    let mut has_schema = false;
    Scanner::new(tool.as_str()).object::<InvalidAnnotation>(|scanner, name| {
        if decode_string(name).as_deref() != Some("inputSchema") {
            return skip_value(scanner);
        }
        walk.is_ambiguous |= std::mem::replace(&mut has_schema, true);
        walk.schema(scanner, true)
    })?;
    match walk.is_ambiguous && !walk.parameters.is_empty() {
        true => Err(InvalidAnnotation::Ambiguous),
        false => Ok(walk.parameters),
    }
}

/// True if the text may have an annotation, which few tools have; the others need no walk. A name may be escaped.
fn may_be_annotated(tool: &RawJson) -> bool {
    let text = tool.as_bytes();
    text.first() == Some(&b'{')
        && (memmem::find(text, ANNOTATION.as_bytes()).is_some() || memmem::find(text, b"\\u").is_some())
}

#[derive(Default)]
struct Walk {
    /// The names of the properties that lead to the current schema.
    path: Vec<String>,
    parameters: Vec<Parameter>,
    /// True once a member with annotations occurs twice.
    is_ambiguous: bool,
}

impl Walk {
    /// Walks one schema; `is_reachable` if `properties` alone lead to it.
    fn schema(&mut self, scanner: &mut Scanner<'_>, is_reachable: bool) -> Result<(), InvalidAnnotation> {
        if scanner.next_byte() != Some(b'{') {
            return skip_value(scanner);
        }
        let (mut annotation, mut kind, mut has_properties) = (None, None, false);
        scanner.object::<InvalidAnnotation>(|scanner, name| {
            match decode_string(name).as_deref() {
                Some(ANNOTATION) => self.is_ambiguous |= annotation.replace(scanner.value()?).is_some(),
                Some("type") => self.is_ambiguous |= kind.replace(scanner.value()?).is_some(),
                Some("properties") => {
                    self.is_ambiguous |= std::mem::replace(&mut has_properties, true);
                    self.properties(scanner, is_reachable)?;
                }
                Some(keyword) if SCHEMA_OR_ARRAY_KEYWORDS.contains(&keyword) => self.unreachable(scanner)?,
                Some(keyword) if SCHEMA_MAP_KEYWORDS.contains(&keyword) => self.properties(scanner, false)?,
                _ => skip_value(scanner)?,
            }
            Ok(())
        })?;
        match annotation {
            None => Ok(()),
            Some(_) if !is_reachable || self.path.is_empty() => Err(InvalidAnnotation::Place),
            Some(annotation) => self.add_parameter(annotation, kind),
        }
    }

    /// Walks an object whose values are schemas.
    fn properties(&mut self, scanner: &mut Scanner<'_>, is_reachable: bool) -> Result<(), InvalidAnnotation> {
        if scanner.next_byte() != Some(b'{') {
            return skip_value(scanner);
        }
        let mut seen = Vec::new();
        scanner.object::<InvalidAnnotation>(|scanner, name| {
            let Some(name) = decode_string(name) else {
                // Half a surrogate pair can't be the name of an argument.
                return self.schema(scanner, false);
            };
            let before = self.parameters.len();
            self.path.push(name.into_owned());
            self.schema(scanner, is_reachable)?;
            let name = self.path.pop().unwrap_or_default();
            seen.push((name, self.parameters.len() > before));
            Ok(())
        })?;
        // A repeated name with annotations in one of the two: a client may read only the other.
        seen.sort_unstable();
        self.is_ambiguous |= seen.windows(2).any(
            |pair| matches!(pair, [(left, in_left), (right, in_right)] if left == right && (*in_left || *in_right)),
        );
        Ok(())
    }

    /// Walks a schema, or an array of schemas, that `properties` alone do not reach.
    fn unreachable(&mut self, scanner: &mut Scanner<'_>) -> Result<(), InvalidAnnotation> {
        match scanner.next_byte() {
            Some(b'[') => scanner.array(|scanner| self.schema(scanner, false)),
            _ => self.schema(scanner, false),
        }
    }

    fn add_parameter(&mut self, annotation: &str, kind: Option<&str>) -> Result<(), InvalidAnnotation> {
        let name = decode_string(annotation).filter(|name| is_token(name)).ok_or(InvalidAnnotation::Name)?;
        let kind = kind.and_then(decode_string);
        if !matches!(kind.as_deref(), Some("string" | "integer" | "boolean")) {
            return Err(InvalidAnnotation::Type);
        }
        let header = HeaderName::try_from(format!("{MCP_PARAM_PREFIX}{name}")).map_err(|_| InvalidAnnotation::Name)?;
        if self.parameters.iter().any(|other| other.header == header) {
            return Err(InvalidAnnotation::Repeated);
        }
        if self.parameters.len() == MAX_PARAMETERS {
            return Err(InvalidAnnotation::TooMany);
        }
        self.parameters.push(Parameter { path: self.path.clone(), header, name: format!("Mcp-Param-{name}") });
        Ok(())
    }
}

/// The keywords whose value is a schema or an array of schemas.
pub(super) const SCHEMA_OR_ARRAY_KEYWORDS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The keywords whose value is an object of schemas, besides `properties`.
pub(super) const SCHEMA_MAP_KEYWORDS: &[&str] =
    &["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties"];

/// True for 1 to [`MAX_NAME_BYTES`] `tchar` (RFC 9110 §5.6.2).
fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_tchar)
}

fn skip_value(scanner: &mut Scanner<'_>) -> Result<(), InvalidAnnotation> {
    scanner.value()?;
    Ok(())
}

impl From<ScanError> for InvalidAnnotation {
    /// A [`RawJson`] is valid JSON, so no walk over one ends with a fault.
    fn from(_: ScanError) -> Self {
        Self::Ambiguous
    }
}
