//! Variables of the application, and the templates that give them to components.

use std::collections::BTreeMap;

use crate::manifest::Variable;

/// The reason for which a variable has no value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VariableError {
    #[error("variable `{0}` is required: give `--variable {0}=VALUE` or SPIN_VARIABLE_{upper}", upper = .0.to_uppercase())]
    Required(String),
    #[error("variable `{0}` has neither a default nor `required = true`")]
    Undecided(String),
    #[error("the manifest declares no variable `{0}`")]
    Undeclared(String),
    #[error("the name `{0}` is not lower-case letters, digits and single underscores")]
    Name(String),
    #[error("the template `{0}` has `{{{{` without `}}}}`")]
    Unclosed(String),
}

/// The application's variables with their values.
#[derive(Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The values, by precedence: command line, environment, the manifest's defaults.
    pub fn resolve(
        declared: &BTreeMap<String, Variable>,
        given: &[(String, String)],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, VariableError> {
        if let Some((name, _)) = given.iter().find(|(name, _)| !declared.contains_key(name)) {
            return Err(VariableError::Undeclared(name.clone()));
        }
        let value = |(name, variable): (&String, &Variable)| {
            check_name(name)?;
            let given = given.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.clone());
            let found = given.or_else(|| environment(&format!("SPIN_VARIABLE_{}", name.to_uppercase())));
            match found.or_else(|| variable.default.clone()) {
                Some(value) => Ok((name.clone(), value)),
                None if variable.required => Err(VariableError::Required(name.clone())),
                None => Err(VariableError::Undecided(name.clone())),
            }
        };
        declared.iter().map(value).collect::<Result<_, _>>().map(Self)
    }

    /// The template with every `{{ name }}` replaced by its value.
    pub fn expand(&self, template: &str) -> Result<String, VariableError> {
        let mut expanded = String::new();
        let mut rest = template;
        while let Some((literal, opened)) = rest.split_once("{{") {
            let (name, after) = opened.split_once("}}").ok_or_else(|| VariableError::Unclosed(template.to_owned()))?;
            let value = self.0.get(name.trim()).ok_or_else(|| VariableError::Undeclared(name.trim().to_owned()))?;
            expanded.push_str(literal);
            expanded.push_str(value);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    /// A component's own variables, expanded.
    pub fn of_component(
        &self,
        templates: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, VariableError> {
        let expanded = |(name, template): (&String, &String)| {
            check_name(name)?;
            Ok((name.clone(), self.expand(template)?))
        };
        templates.iter().map(expanded).collect()
    }
}

/// Checks Spin's rule for names, by which each has one spelling in the environment.
pub fn check_name(name: &str) -> Result<(), VariableError> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let edges = name.starts_with(|first: char| first.is_ascii_lowercase()) && !name.ends_with('_');
    if letters && edges && !name.contains("__") { Ok(()) } else { Err(VariableError::Name(name.to_owned())) }
}

/// Reads `NAME=VALUE` of the command line; the value may contain more `=`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a variable is NAME=VALUE")?;
    check_name(name).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> BTreeMap<String, Variable> {
        let with_default = |value: &str| Variable { default: Some(value.to_owned()), required: false };
        [
            ("redis_url".to_owned(), with_default("")),
            ("host".to_owned(), with_default("weir.example")),
            ("signing_keys".to_owned(), Variable { default: None, required: true }),
        ]
        .into()
    }

    fn given(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn value_is_of_command_line_then_environment_then_default() {
        let environment = |name: &str| match name {
            "SPIN_VARIABLE_HOST" => Some("environment".to_owned()),
            "SPIN_VARIABLE_REDIS_URL" => Some("redis://127.0.0.1:6379".to_owned()),
            _ => None,
        };
        let line = [given("host", "line"), given("signing_keys", "secret")];
        let variables = Variables::resolve(&declared(), &line, environment).expect("all should have values");
        assert_eq!(variables.expand("{{ host }} {{redis_url}}").as_deref(), Ok("line redis://127.0.0.1:6379"));
    }

    #[test]
    fn required_variable_without_value_is_refused() {
        let error = Variables::resolve(&declared(), &[], |_| None).expect_err("`signing_keys` has no value");
        assert_eq!(error, VariableError::Required("signing_keys".to_owned()));
        assert!(error.to_string().contains("SPIN_VARIABLE_SIGNING_KEYS"), "it should say how: {error}");
    }

    #[test]
    fn unknown_names_are_refused_everywhere() {
        let unknown = Variables::resolve(&declared(), &[given("hots", "x")], |_| None);
        assert_eq!(unknown.expect_err("nobody declared it"), VariableError::Undeclared("hots".to_owned()));
        let variables = Variables::resolve(&declared(), &[given("signing_keys", "k")], |_| None).expect("complete");
        assert_eq!(variables.expand("a{{ hots }}"), Err(VariableError::Undeclared("hots".to_owned())));
        assert_eq!(variables.expand("a{{ host"), Err(VariableError::Unclosed("a{{ host".to_owned())));
    }

    #[test]
    fn names_have_one_spelling() {
        for wrong in ["", "Host", "1st", "_a", "a_", "a__b", "a-b"] {
            assert!(check_name(wrong).is_err(), "`{wrong}` should be refused");
        }
        assert!(check_name("origin_crm_2_secret").is_ok(), "digits may follow");
        assert_eq!(pair("keys=a=b"), Ok(given("keys", "a=b")));
    }
}
