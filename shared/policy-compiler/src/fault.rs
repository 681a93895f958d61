//! Faults of policies and declarations, with severity and place.

use std::fmt;

use miette::Diagnostic;

use policy::{Declaration, Kind};

/// One fault of a policy, or of a declaration if `policy_id` is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// Id of the policy; empty for a fault of a declaration.
    pub policy_id: String,
    /// Kind and name of the affected declarations, in the order checked; empty if the fault doesn't depend on
    /// declarations.
    pub declarations: Vec<(Kind, String)>,
    /// Error or warning; a registry with an error can't be published.
    pub severity: Severity,
    /// The kind of fault.
    pub reason: FaultReason,
    /// The message, with the fix: lower case, no full stop.
    pub message: String,
    /// Byte offset in [`crate::PolicyText::text`]; `None` if the fault has no place.
    pub offset: Option<usize>,
}

/// The severity of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The registry can't be published.
    Error,
    /// The policy is valid, but probably not what its author intended.
    Warning,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultReason {
    /// The text is not one Cedar policy, or is a template.
    Syntax,
    /// The policy is longer or deeper than [`crate::bounds`] allow.
    Bounds,
    /// Two policies have the same id.
    DuplicatePolicy,
    /// The resource in the scope is of a type that no tool, resource or prompt is or is in.
    Scope,
    /// Cedar's strict validator refuses the policy against the schema of a declaration.
    Validation,
    /// The policy is valid, but has an operator that the gateway doesn't evaluate.
    Untranslatable,
    /// The gateway's evaluator and Cedar's decide differently.
    Disagreement,
    /// The policy reads arguments, but its scope includes `list`, which has none.
    ArgumentsInList,
    /// No schema or entity can be made from the declaration.
    Declaration,
    /// Two declarations have the same kind and name.
    DuplicateDeclaration,
    /// The policy can't apply to anything in its scope.
    Impossible,
    /// The policy contains confusable text, such as mixed scripts or bidirectional marks.
    Confusable,
    /// Nobody can call the tool, read the resource, or get the prompt.
    NeverCalled,
}

impl FaultReason {
    /// A stable code for logs and machine-readable reports.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Syntax => "policy_syntax",
            Self::Bounds => "policy_bounds",
            Self::DuplicatePolicy => "policy_duplicate",
            Self::Scope => "policy_scope",
            Self::Validation => "policy_validation",
            Self::Untranslatable => "policy_untranslatable",
            Self::Disagreement => "policy_disagreement",
            Self::ArgumentsInList => "policy_arguments_in_list",
            Self::Declaration => "declaration",
            Self::DuplicateDeclaration => "declaration_duplicate",
            Self::Impossible => "policy_impossible",
            Self::Confusable => "policy_confusable",
            Self::NeverCalled => "never_called",
        }
    }
}

impl PolicyFault {
    /// Makes an error of a declaration.
    pub(crate) fn of_declaration(reason: FaultReason, message: String) -> Self {
        let (policy_id, declarations) = (String::new(), Vec::new());
        Self { policy_id, declarations, severity: Severity::Error, reason, message, offset: None }
    }

    /// Makes an error of a policy without a place.
    pub(crate) fn of_policy(id: &str, reason: FaultReason, message: String) -> Self {
        Self { policy_id: id.to_owned(), ..Self::of_declaration(reason, message) }
    }

    /// Makes an error of a policy from Cedar's diagnostic, with its place and help.
    pub(crate) fn of_diagnostic(id: &str, reason: FaultReason, diagnostic: &dyn Diagnostic) -> Self {
        let mut message = diagnostic.to_string();
        // Cedar's validator names the policy in its message; `Display` puts the name first.
        if let Some(rest) = message.strip_prefix(&format!("for policy `{}`, ", id.escape_debug())) {
            message = rest.to_owned();
        }
        if let Some(help) = diagnostic.help() {
            message = format!("{message}; {help}");
        }
        let offset = diagnostic.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        Self { offset, ..Self::of_policy(id, reason, message) }
    }

    /// Sets the affected declaration.
    pub(crate) fn with(self, declaration: &Declaration) -> Self {
        Self { declarations: vec![(declaration.kind, declaration.name.clone())], ..self }
    }

    /// Lowers the severity to a warning.
    pub(crate) fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// [`FaultReason::reason`] of this fault.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason.reason()
    }

    /// Line and column in the policy's text, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, text: &str) -> Option<(usize, usize)> {
        let before = text.get(..self.offset?)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some((before.matches('\n').count() + 1, line.chars().count() + 1))
    }
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.policy_id.is_empty() {
            write!(formatter, "policy `{}`: ", self.policy_id)?;
        }
        formatter.write_str(&self.message)?;
        match self.declarations.as_slice() {
            [] => Ok(()),
            [(kind, only)] => write!(formatter, " (for {} `{only}`)", kind.as_str()),
            [(kind, first), (other, second)] if kind == other => {
                write!(formatter, " (for {}s `{first}` and `{second}`)", kind.as_str())
            }
            [(kind, first), rest @ ..] => {
                write!(formatter, " (for {} `{first}` and {} more)", kind.as_str(), rest.len())
            }
        }
    }
}

impl std::error::Error for PolicyFault {}
