//! The schema of a tool's arguments, which are always an object.

use json::{ScanError, Scanner, decode_string};

use super::{Walk, output_schema, text};

/// The schema that accepts all arguments.
const ANY: &str = r#"{"type":"object"}"#;
/// The dialect of a schema that names none (MCP 2026-07-28, JSON Schema usage).
const DIALECT: &str = r#""https://json-schema.org/draft/2020-12/schema""#;

impl<'a> Walk<'a> {
    /// Checks an `inputSchema`; false if it can't be read, or if no object satisfies it.
    pub(super) fn input_schema(&mut self, scanner: &mut Scanner<'a>) -> Result<bool, ScanError> {
        if scanner.next_byte() == Some(b'{') {
            return self.schema_of_object(scanner);
        }
        let value = scanner.value()?;
        let accepts_all = matches!(value, "true" | "null") || text::is_empty(value);
        if accepts_all {
            self.replace(value, ANY);
        }
        Ok(accepts_all)
    }

    fn schema_of_object(&mut self, scanner: &mut Scanner<'a>) -> Result<bool, ScanError> {
        let (mark, inside) = (self.edits.len(), scanner.position() + 1);
        let (mut fits, mut has_type, mut is_empty) = (true, false, true);
        scanner.object::<ScanError>(|scanner, name| {
            is_empty = false;
            match decode_string(name).as_deref() {
                Some("type") => {
                    has_type = true;
                    fits &= self.object_type(scanner.value()?)?;
                }
                Some("properties") => fits &= self.properties(scanner)?,
                Some("required") => fits &= self.required(scanner)?,
                Some("$schema") => {
                    let value = scanner.value()?;
                    if !value.starts_with('"') {
                        self.replace(value, DIALECT);
                    }
                }
                _ => drop(scanner.value()?),
            }
            Ok(())
        })?;
        if !has_type {
            let comma = if is_empty { "" } else { "," };
            self.edits.insert(mark, (inside..inside, format!("\"type\":\"object\"{comma}").into()));
        }
        Ok(fits)
    }

    /// Checks `type`; false if it excludes objects.
    fn object_type(&mut self, value: &'a str) -> Result<bool, ScanError> {
        let is_object = |value: &str| decode_string(value).as_deref() == Some("object");
        if is_object(value) {
            return Ok(true);
        }
        let mut includes_object = value == "null";
        if value.starts_with('[') {
            Scanner::new(value).array::<ScanError>(|scanner| {
                includes_object |= is_object(scanner.value()?);
                Ok(())
            })?;
        }
        if includes_object {
            self.replace(value, "\"object\"");
        }
        Ok(includes_object)
    }

    /// Checks `properties`: every legacy client reads objects in it, and one reads nothing else.
    pub(super) fn properties(&mut self, scanner: &mut Scanner<'a>) -> Result<bool, ScanError> {
        if scanner.next_byte() != Some(b'{') {
            let value = scanner.value()?;
            let is_empty = value == "null" || text::is_empty(value);
            if is_empty {
                self.replace(value, "{}");
            }
            return Ok(is_empty);
        }
        let mut fits = true;
        scanner.object::<ScanError>(|scanner, _| {
            let value = scanner.value()?;
            match value {
                "true" | "null" => self.replace(value, "{}"),
                "false" => self.replace(value, r#"{"not":{}}"#),
                schema if schema.starts_with('{') => {}
                array if text::is_empty(array) => self.replace(value, "{}"),
                _ => fits = false,
            }
            Ok(())
        })?;
        Ok(fits)
    }

    /// Checks `required`.
    fn required(&mut self, scanner: &mut Scanner<'a>) -> Result<bool, ScanError> {
        if scanner.next_byte() != Some(b'[') {
            let value = scanner.value()?;
            let is_empty = matches!(value, "null" | "false") || text::is_empty(value);
            if is_empty {
                self.replace(value, "[]");
            }
            return Ok(is_empty);
        }
        let mut fits = true;
        scanner.array::<ScanError>(|scanner| {
            fits &= scanner.value()?.starts_with('"');
            Ok(())
        })?;
        Ok(fits)
    }

    /// Checks an `outputSchema`; false if a client would refuse to compile it.
    pub(super) fn output_schema(&mut self, scanner: &mut Scanner<'a>) -> Result<bool, ScanError> {
        let schema = scanner.value()?;
        if !schema.starts_with('{') || !output_schema::compiles(schema) {
            return Ok(false);
        }
        let mut is_object = false;
        Scanner::new(schema).object::<ScanError>(|scanner, name| {
            match decode_string(name).as_deref() {
                Some("type") => is_object = decode_string(scanner.value()?).as_deref() == Some("object"),
                // A schema that compiles has only objects and booleans as properties.
                Some("properties") => drop(self.properties(scanner)?),
                _ => drop(scanner.value()?),
            }
            Ok(())
        })?;
        self.has_legacy_output &= is_object;
        Ok(true)
    }
}
