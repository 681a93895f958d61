//! What is wrong with a policy or a declaration, where, and how bad.

use std::fmt;

use miette::Diagnostic;

use crate::{Declaration, Kind};

/// One fault of one policy (or of a declaration, when `policy_id` is empty).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// The policy, or empty when the fault is the declaration's.
    pub policy_id: String,
    /// Kind and name of the declarations for which this holds, in the order checked; empty when it holds whatever is declared.
    pub declarations: Vec<(Kind, String)>,
    /// Whether a registry with this fault may be published.
    pub severity: Severity,
    /// Which kind of fault.
    pub reason: FaultReason,
    /// What is wrong and what to write instead: lower case, no full stop.
    pub message: String,
    /// Where it starts in [`crate::PolicyText::text`], in bytes, if it has a place.
    pub offset: Option<usize>,
}

/// Whether a fault stops a publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The registry can't be published.
    Error,
    /// Most likely not what was meant.
    Warning,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultReason {
    /// Not one Cedar policy, or a template.
    Syntax,
    /// Two policies with one id.
    DuplicatePolicy,
    /// The resource in the scope is of a type that nothing declared is of or in.
    Scope,
    /// Cedar's strict validator refuses it against the schema of a declaration.
    Validation,
    /// It looks at the arguments, and its scope includes `list`, which has none.
    ArgumentsInList,
    /// A declaration that no schema or entity can be made from.
    Declaration,
    /// Two declarations of one kind and name.
    DuplicateDeclaration,
    /// It can never apply to anything in its scope.
    Impossible,
    /// Text in it that looks like other text, such as mixed scripts or bidirectional marks.
    Confusable,
    /// A tool that nobody may call, a resource that nobody may read, a prompt that nobody may get.
    NeverCalled,
}

impl FaultReason {
    /// A stable code for logs and machine-readable reports.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Syntax => "policy_syntax",
            Self::DuplicatePolicy => "policy_duplicate",
            Self::Scope => "policy_scope",
            Self::Validation => "policy_validation",
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
    /// An error in a declaration.
    pub(crate) fn of_declaration(reason: FaultReason, message: String) -> Self {
        let (policy_id, declarations) = (String::new(), Vec::new());
        Self { policy_id, declarations, severity: Severity::Error, reason, message, offset: None }
    }

    /// An error in a policy, without a place.
    pub(crate) fn of_policy(id: &str, reason: FaultReason, message: String) -> Self {
        Self { policy_id: id.to_owned(), ..Self::of_declaration(reason, message) }
    }

    /// An error in a policy as Cedar reports it, with its place and its help.
    pub(crate) fn of_diagnostic(id: &str, reason: FaultReason, diagnostic: &dyn Diagnostic) -> Self {
        let mut message = diagnostic.to_string();
        // Cedar's validator names the policy in the message; ours does so in front of it.
        if let Some(rest) = message.strip_prefix(&format!("for policy `{}`, ", id.escape_debug())) {
            message = rest.to_owned();
        }
        if let Some(help) = diagnostic.help() {
            message = format!("{message}; {help}");
        }
        let offset = diagnostic.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        Self { offset, ..Self::of_policy(id, reason, message) }
    }

    /// The same of one declaration.
    pub(crate) fn with(self, declaration: &Declaration) -> Self {
        Self { declarations: vec![(declaration.kind, declaration.name.clone())], ..self }
    }

    /// The same as a warning.
    pub(crate) fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// [`FaultReason::reason`] of this fault.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason.reason()
    }

    /// The line and column, both from 1, columns in characters, at which this fault starts in the policy's text.
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
