//! Random policies in Cedar's syntax.

use super::expressions::{ENTITIES, Expressions, TYPES, Type};

/// The deepest expression in a condition.
const DEPTH: usize = 4;

impl Expressions<'_, '_> {
    /// A policy with any scope.
    pub fn policy(&mut self) -> String {
        let principal = self.scope("principal");
        let resource = self.scope("resource");
        let action = match self.choices.below(6) {
            0 => r#"action == Action::"call""#,
            1 => r#"action in [Action::"list", Action::"call"]"#,
            2 => r#"action in Action::"list""#,
            _ => "action",
        };
        self.with_conditions(&format!("{principal}, {action}, {resource}"))
    }

    /// A policy with this scope.
    pub fn with_conditions(&mut self, scope: &str) -> String {
        let effect = self.choices.of(&["permit", "forbid"]);
        let mut text = format!("{effect}({scope})");
        let conditions = if self.choices.one_in(8) { 2 } else { 1 };
        for _ in 0..conditions {
            let kind = if self.choices.one_in(4) { "unless" } else { "when" };
            let depth = 1 + self.choices.below(DEPTH);
            text += &format!(" {kind} {{ {} }}", self.expression(Type::Bool, depth));
        }
        text + ";"
    }

    fn scope(&mut self, variable: &str) -> String {
        let [entity, type_name] = [self.choices.of(&ENTITIES), self.choices.of(&TYPES)];
        match self.choices.below(16) {
            0 => format!("{variable} == {entity}"),
            1 => format!("{variable} in {entity}"),
            2 => format!("{variable} is {type_name}"),
            3 => format!("{variable} is {type_name} in {entity}"),
            _ => variable.to_owned(),
        }
    }
}
