//! Finds the annotations in a tool's `inputSchema`, in one walk through every place where JSON Schema 2020-12 has a schema.
//!
//! ```text
//! {"properties":{"a":{"properties":{"b":{"x-mcp-header":"B"}}}}}   arguments.a.b
//! {"properties":{"x-mcp-header":{"type":"string"}}}                an argument of that name, no annotation
//! {"default":{"x-mcp-header":"B"}}                                 a value, no annotation
//! {"items":{"x-mcp-header":"B"}}                                   an annotation that no path of names leads to: invalid
//! ```

use http::header::HeaderName;
use memchr::memmem;

use super::{Invalid, MAX_NAME_BYTES, MAX_PARAMETERS, Parameter};
use crate::headers::MCP_PARAM_PREFIX;
use json::{RawJson, ScanError, Scanner, decode_string};

const ANNOTATION: &str = "x-mcp-header";

/// The annotated arguments of a tool's definition, in the schema's order.
pub(super) fn parameters(tool: &RawJson) -> Result<Vec<Parameter>, Invalid> {
    if !may_be_annotated(tool) {
        return Ok(Vec::new());
    }
    let mut walk = Walk::default();
    let mut has_schema = false;
    Scanner::new(tool.as_str()).object::<Invalid>(|scanner, name| {
        if decode_string(name).as_deref() != Some("inputSchema") {
            return step_over(scanner);
        }
        walk.is_ambiguous |= std::mem::replace(&mut has_schema, true);
        walk.schema(scanner, true)
    })?;
    match walk.is_ambiguous && !walk.found.is_empty() {
        true => Err(Invalid::Ambiguous),
        false => Ok(walk.found),
    }
}

/// Whether the text can have an annotation: few tools do, and those that don't are not walked. A name may be escaped.
fn may_be_annotated(tool: &RawJson) -> bool {
    let text = tool.as_bytes();
    text.first() == Some(&b'{')
        && (memmem::find(text, ANNOTATION.as_bytes()).is_some() || memmem::find(text, b"\\u").is_some())
}

#[derive(Default)]
struct Walk {
    /// The names of the properties that lead here.
    path: Vec<String>,
    found: Vec<Parameter>,
    /// A member that leads to annotations is there twice.
    is_ambiguous: bool,
}

impl Walk {
    /// Walks one schema; `is_reachable` when names of properties alone lead to it.
    fn schema(&mut self, scanner: &mut Scanner<'_>, is_reachable: bool) -> Result<(), Invalid> {
        if scanner.next_byte() != Some(b'{') {
            return step_over(scanner);
        }
        let (mut annotation, mut kind, mut has_properties) = (None, None, false);
        scanner.object::<Invalid>(|scanner, name| {
            match decode_string(name).as_deref() {
                Some(ANNOTATION) => self.is_ambiguous |= annotation.replace(scanner.value()?).is_some(),
                Some("type") => self.is_ambiguous |= kind.replace(scanner.value()?).is_some(),
                Some("properties") => {
                    self.is_ambiguous |= std::mem::replace(&mut has_properties, true);
                    self.properties(scanner, is_reachable)?;
                }
                Some(keyword) if ONE_OR_MANY.contains(&keyword) => self.unreachable(scanner)?,
                Some(keyword) if BY_NAME.contains(&keyword) => self.properties(scanner, false)?,
                _ => step_over(scanner)?,
            }
            Ok(())
        })?;
        match annotation {
            None => Ok(()),
            Some(_) if !is_reachable || self.path.is_empty() => Err(Invalid::Place),
            Some(annotation) => self.annotated(annotation, kind),
        }
    }

    /// Walks an object of schemas.
    fn properties(&mut self, scanner: &mut Scanner<'_>, is_reachable: bool) -> Result<(), Invalid> {
        if scanner.next_byte() != Some(b'{') {
            return step_over(scanner);
        }
        let mut seen = Vec::new();
        scanner.object::<Invalid>(|scanner, name| {
            let Some(name) = decode_string(name) else {
                // Half a surrogate pair: no name that an argument can have.
                return self.schema(scanner, false);
            };
            let before = self.found.len();
            self.path.push(name.into_owned());
            self.schema(scanner, is_reachable)?;
            let name = self.path.pop().unwrap_or_default();
            seen.push((name, self.found.len() > before));
            Ok(())
        })?;
        // Twice a name, and one of the two has annotations: only the other may be what a client reads.
        seen.sort_unstable();
        self.is_ambiguous |= seen.windows(2).any(
            |pair| matches!(pair, [(left, in_left), (right, in_right)] if left == right && (*in_left || *in_right)),
        );
        Ok(())
    }

    /// Walks a schema, or an array of them, that an argument's name alone does not lead to.
    fn unreachable(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Invalid> {
        match scanner.next_byte() {
            Some(b'[') => scanner.array(|scanner| self.schema(scanner, false)),
            _ => self.schema(scanner, false),
        }
    }

    fn annotated(&mut self, annotation: &str, kind: Option<&str>) -> Result<(), Invalid> {
        let name = decode_string(annotation).filter(|name| is_token(name)).ok_or(Invalid::Name)?;
        let kind = kind.and_then(decode_string);
        if !matches!(kind.as_deref(), Some("string" | "integer" | "boolean")) {
            return Err(Invalid::Type);
        }
        let header = HeaderName::try_from(format!("{MCP_PARAM_PREFIX}{name}")).map_err(|_| Invalid::Name)?;
        if self.found.iter().any(|known| known.header == header) {
            return Err(Invalid::Repeated);
        }
        if self.found.len() == MAX_PARAMETERS {
            return Err(Invalid::TooMany);
        }
        self.found.push(Parameter { path: self.path.clone(), header, name: format!("Mcp-Param-{name}") });
        Ok(())
    }
}

/// Keywords whose value is a schema or an array of schemas, beside `properties`.
pub(super) const ONE_OR_MANY: &[&str] = &[
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

/// Keywords whose value is an object of schemas, beside `properties`.
pub(super) const BY_NAME: &[&str] = &["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties"];

/// `1*tchar` (RFC 9110 §5.6.2), of bounded length.
fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_tchar)
}

fn step_over(scanner: &mut Scanner<'_>) -> Result<(), Invalid> {
    scanner.value()?;
    Ok(())
}

impl From<ScanError> for Invalid {
    /// A [`RawJson`] is valid JSON, so no walk over one ends with a fault.
    fn from(_: ScanError) -> Self {
        Self::Ambiguous
    }
}
