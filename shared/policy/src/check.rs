//! Validation at publish: which policies apply to which tool, and whether each fits each tool's schema.
//!
//! A policy applies to a tool if the resource in its scope can be that tool: any resource, `resource == Tool::"…"`, `resource in Origin::"…"`,
//! `resource in VirtualServer::"…"`, `resource is Tool`. It is then validated strictly against the schema of every such tool, so one that
//! applies to several tools tests what only some of them declare: `context.arguments has amount && context.arguments.amount > 500`.
//!
//! The warning about tools that can't be called looks at scopes only. A permit counts whatever its principal and its conditions, unless Cedar
//! finds it impossible; a `forbid` counts if it has no conditions and holds for every principal. So it is never wrong about a tool that it
//! names, and it misses a tool that some may list and only others may call, or whose conditions can't be met.

mod applicability;
mod condition;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use cedar_policy::{EntityTypeName, EntityUid, PolicySet, ValidationMode, ValidationWarning, Validator};

use crate::entities::{TypeNames, type_names};
use crate::schema::{Shape, schema};
use crate::{Declaration, FaultReason, PolicyFault, PolicyText, Severity};

use applicability::{Candidate, Index};

/// Which policies decide about which tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slices {
    /// The ids of the policies whose scope can match, in the order given, by exposed tool name. Every tool is in it.
    pub by_tool: BTreeMap<String, Vec<String>>,
    /// Faults of [`Severity::Warning`].
    pub warnings: Vec<PolicyFault>,
}

/// Checks the tools and policies of one virtual server, all faults at once.
///
/// A registry with several virtual servers makes one [`Checker`] instead.
///
/// # Errors
/// All faults, warnings among them, if at least one is of [`Severity::Error`].
pub fn check(virtual_server: &str, tools: &[Declaration], policies: &[PolicyText]) -> Result<Slices, Vec<PolicyFault>> {
    let (mut checker, mut faults) = Checker::new(policies);
    match checker.check(virtual_server, tools) {
        Ok(slices) if faults.iter().all(|fault| fault.severity == Severity::Warning) => {
            faults.extend(slices.warnings);
            Ok(Slices { warnings: faults, ..slices })
        }
        Ok(slices) => {
            faults.extend(slices.warnings);
            Err(faults)
        }
        Err(of_tools) => {
            faults.extend(of_tools);
            Err(faults)
        }
    }
}

/// The policies of a registry, parsed once, checked against the tools of one virtual server after the other.
///
/// Tools that declare the same arguments share a schema, and a policy is validated once per schema, so the work grows with the kinds of
/// tools rather than with their number.
pub struct Checker {
    index: Index,
    validators: HashMap<Shape, (usize, Rc<Validator>)>,
    validated: HashMap<(usize, usize), Rc<[PolicyFault]>>,
}

impl Checker {
    /// Parses the policies. The faults are those that hold whatever the tools; a policy with an error among them is left out of later checks.
    #[must_use]
    pub fn new(policies: &[PolicyText]) -> (Self, Vec<PolicyFault>) {
        let mut checker = Self { index: Index::default(), validators: HashMap::new(), validated: HashMap::new() };
        let names = match type_names() {
            Ok(names) => names,
            Err(fault) => return (checker, vec![fault]),
        };
        let (mut faults, mut ids) = (Vec::new(), HashSet::new());
        for text in policies {
            if !ids.insert(text.id.as_str()) {
                faults.push(PolicyFault::of_policy(
                    &text.id,
                    FaultReason::DuplicatePolicy,
                    "another policy has this id".to_owned(),
                ));
                continue;
            }
            let found = match Candidate::new(names, text) {
                Ok(candidate) => checker.add(candidate),
                Err(found) => found,
            };
            faults.extend(found);
        }
        (checker, faults)
    }

    /// Adds a candidate unless it has an error that needs no tool to be seen.
    fn add(&mut self, mut candidate: Candidate) -> Vec<PolicyFault> {
        let found = if candidate.depends_on_arguments { Vec::new() } else { self.validate_anywhere(&candidate) };
        if found.iter().all(|fault| fault.severity == Severity::Warning) {
            candidate.impossible = found.iter().any(|fault| fault.reason == FaultReason::Impossible);
            self.index.add(candidate);
        }
        found
    }

    fn validate_anywhere(&mut self, candidate: &Candidate) -> Vec<PolicyFault> {
        match self.validator(&Shape::new()) {
            Ok((_, validator)) => validate(&validator, candidate),
            Err(fault) => vec![fault],
        }
    }

    /// Checks the tools of one virtual server. The faults are only those that depend on the tools.
    ///
    /// # Errors
    /// All of them, warnings among them, if at least one is of [`Severity::Error`].
    pub fn check(&mut self, virtual_server: &str, tools: &[Declaration]) -> Result<Slices, Vec<PolicyFault>> {
        let (mut slices, mut faults, mut by_policy) = (Slices::default(), Vec::new(), ByPolicy::default());
        for tool in tools {
            let positions = self.index.of(virtual_server, tool);
            let ids = positions.iter().map(|&position| self.index.candidates[position].id.clone()).collect();
            if slices.by_tool.insert(tool.name.clone(), ids).is_some() {
                faults.push(of_tool(tool, FaultReason::DuplicateTool, "another tool has this name".to_owned()));
                continue;
            }
            if !RISKS.contains(&tool.risk.as_str()) {
                faults.push(of_tool(
                    tool,
                    FaultReason::Declaration,
                    format!("the risk `{}` is not `low`, `medium` or `high`", tool.risk),
                ));
            }
            match self.validator(&tool.arguments) {
                Ok((kind, validator)) => {
                    let impossible = self.validate_tool(tool, &positions, kind, &validator, &mut by_policy);
                    let possible = positions.iter().filter(|position| !impossible.contains(position));
                    faults.extend(applicability::never_called(
                        tool,
                        possible.map(|&position| &self.index.candidates[position]),
                    ));
                }
                Err(fault) => faults.push(PolicyFault { tools: vec![tool.name.clone()], ..fault }),
            }
        }
        faults.extend(by_policy.into_faults());
        if faults.iter().any(|fault| fault.severity == Severity::Error) {
            return Err(faults);
        }
        slices.warnings = faults;
        Ok(slices)
    }

    /// Validates what depends on this tool's arguments; returns the policies that can't apply to it.
    fn validate_tool(
        &mut self,
        tool: &Declaration,
        positions: &[usize],
        kind: usize,
        validator: &Validator,
        by_policy: &mut ByPolicy,
    ) -> HashSet<usize> {
        let mut impossible = HashSet::new();
        for &position in positions {
            let candidate = &self.index.candidates[position];
            if !candidate.depends_on_arguments {
                continue;
            }
            let found = self.validated.entry((kind, position)).or_insert_with(|| validate(validator, candidate).into());
            if found.iter().any(|fault| fault.reason == FaultReason::Impossible) {
                impossible.insert(position);
            }
            by_policy.add(position, tool, found);
        }
        impossible
    }

    /// The validator for tools that declare `arguments`, and the number of their kind.
    fn validator(&mut self, arguments: &Shape) -> Result<(usize, Rc<Validator>), PolicyFault> {
        if let Some(known) = self.validators.get(arguments) {
            return Ok(known.clone());
        }
        let made = (self.validators.len(), Rc::new(Validator::new(schema(arguments)?)));
        self.validators.insert(arguments.clone(), made.clone());
        Ok(made)
    }
}

/// What Cedar's validator finds in one policy.
fn validate(validator: &Validator, candidate: &Candidate) -> Vec<PolicyFault> {
    let mut set = PolicySet::new();
    if let Err(error) = set.add(candidate.policy.clone()) {
        return vec![PolicyFault::of_policy(&candidate.id, FaultReason::Validation, error.to_string())];
    }
    let result = validator.validate(&set, ValidationMode::Strict);
    let errors = result
        .validation_errors()
        .map(|error| PolicyFault::of_diagnostic(&candidate.id, FaultReason::Validation, error));
    let warnings = result.validation_warnings().map(|warning| {
        let fault = |reason| PolicyFault::of_diagnostic(&candidate.id, reason, warning);
        match warning {
            // A scope that no request can be in is a `forbid` that never forbids: an error.
            ValidationWarning::InvalidActionApplication(_) => fault(FaultReason::Scope),
            ValidationWarning::ImpossiblePolicy(_) => fault(FaultReason::Impossible).warning(),
            _ => fault(FaultReason::Confusable).warning(),
        }
    });
    let mut found: Vec<PolicyFault> = errors.chain(warnings).collect();
    if found.iter().any(|fault| fault.severity == Severity::Error) {
        // That it can't apply either says nothing new.
        found.retain(|fault| fault.reason != FaultReason::Impossible);
    }
    found
}

/// Faults of policies over several tools, so that each is reported once with all its tools.
#[derive(Default)]
struct ByPolicy {
    /// By policy, fault (its tools empty) and tools; in the order first found.
    found: Vec<(usize, PolicyFault)>,
    /// How many tools a policy was validated against.
    tools: HashMap<usize, usize>,
}

impl ByPolicy {
    fn add(&mut self, position: usize, tool: &Declaration, faults: &[PolicyFault]) {
        *self.tools.entry(position).or_default() += 1;
        for fault in faults {
            let same = |(of, known): &&mut (usize, PolicyFault)| {
                *of == position
                    && known.reason == fault.reason
                    && known.message == fault.message
                    && known.offset == fault.offset
            };
            match self.found.iter_mut().find(same) {
                Some((_, known)) => known.tools.push(tool.name.clone()),
                None => self.found.push((position, PolicyFault { tools: vec![tool.name.clone()], ..fault.clone() })),
            }
        }
    }

    /// A policy that is impossible for some tools only is one that tests what they don't declare, as it should.
    fn into_faults(self) -> impl Iterator<Item = PolicyFault> {
        let Self { found, tools } = self;
        found
            .into_iter()
            .filter(move |(position, fault)| {
                fault.reason != FaultReason::Impossible || Some(&fault.tools.len()) == tools.get(position)
            })
            .map(|(_, fault)| fault)
    }
}

fn of_tool(tool: &Declaration, reason: FaultReason, message: String) -> PolicyFault {
    PolicyFault { tools: vec![tool.name.clone()], ..PolicyFault::of_tool(reason, message) }
}

/// An entity that a policy names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// `Tool::"…"`
    Tool(String),
    /// `Origin::"…"`
    Origin(String),
    /// `VirtualServer::"…"`
    VirtualServer(String),
    /// `Group::"…"`
    Group(String),
    /// `Team::"…"`
    Team(String),
    /// `User::"ISSUER|SUBJECT"`
    User(String),
    /// `Agent::"…"`
    Agent(String),
}

/// The entities that one policy names, sorted, each once, so that the registry can tell a dangling name.
///
/// Actions and types that the schema doesn't know are left to [`check`].
///
/// # Errors
/// The policy doesn't parse.
pub fn mentions(policy: &PolicyText) -> Result<Vec<Mention>, PolicyFault> {
    let names = type_names()?;
    let literals = crate::compile::parse(policy)?.entity_literals();
    let mut mentions: Vec<Mention> = literals.iter().filter_map(|literal| mention(names, literal)).collect();
    mentions.sort_unstable();
    mentions.dedup();
    Ok(mentions)
}

fn mention(names: &TypeNames, literal: &EntityUid) -> Option<Mention> {
    let kinds: [(&EntityTypeName, Make); 7] = [
        (&names.tool, Mention::Tool),
        (&names.origin, Mention::Origin),
        (&names.virtual_server, Mention::VirtualServer),
        (&names.group, Mention::Group),
        (&names.team, Mention::Team),
        (&names.user, Mention::User),
        (&names.agent, Mention::Agent),
    ];
    let (_, make) = kinds.into_iter().find(|(type_name, _)| literal.type_name() == *type_name)?;
    Some(make(literal.id().unescaped().to_owned()))
}

type Make = fn(String) -> Mention;

/// The risks that the registry knows, from harmless to dangerous.
const RISKS: [&str; 3] = ["low", "medium", "high"];

#[cfg(test)]
mod tests;
