//! Check: finds the policies that apply to each tool, resource or prompt, and validates them against its schema.
//!
//! A policy applies to a tool if the resource in its scope can be that tool (any resource, `resource == Tool::"…"`,
//! `resource in Origin::"…"`, `resource in VirtualServer::"…"`, `resource is Tool`) and the action in its scope is one
//! of a tool's. It is then validated strictly against the schema of every such tool, so one that applies to several
//! tools tests what only some of them declare: `context.arguments has amount && context.arguments.amount > 500`. With
//! resources and prompts it is the same.
//!
//! The warning about tools that can never be called (resources read, prompts got) considers scopes only. A permit
//! counts with any principal and conditions, unless Cedar finds it impossible; a `forbid` counts if it has no
//! conditions and applies to every principal. The warning is therefore never wrong, but it misses tools that some may
//! list and only others call, and conditions that can't be met.

mod applicability;
mod comparison;
mod condition;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use cedar_policy::{Effect, EntityTypeName, EntityUid, PolicySet, ValidationMode, ValidationWarning, Validator};

use policy::declaration::Shape;
use policy::record::RecordPolicy;
use policy::{Declaration, Kind};

use crate::names::{TypeNames, type_names};
use crate::oracle::Schemas;
use crate::schema::{schema, schema_of_all};
use crate::{FaultReason, PolicyFault, PolicyText, Severity};

use applicability::{Candidate, Index};

/// The policies that decide about each tool, resource or prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slices {
    /// By kind and name: ids of the policies whose scope can match, in the order given. Every declaration has an entry.
    pub by_name: BTreeMap<(Kind, String), Vec<String>>,
    /// Faults of [`Severity::Warning`].
    pub warnings: Vec<PolicyFault>,
}

impl Slices {
    /// The ids of the policies that decide about `name` of `kind`.
    #[must_use]
    pub fn of(&self, kind: Kind, name: &str) -> &[String] {
        self.by_name.get(&(kind, name.to_owned())).map_or(&[], Vec::as_slice)
    }
}

/// Checks the policies and the declarations of one virtual server, and reports all faults at once.
///
/// A registry with several virtual servers makes one [`Checker`] instead.
///
/// # Errors
/// All faults, including warnings, if at least one is of [`Severity::Error`].
pub fn check(
    virtual_server: &str,
    declarations: &[Declaration],
    policies: &[PolicyText],
) -> Result<Slices, Vec<PolicyFault>> {
    let (mut checker, mut faults) = Checker::new(policies);
    match checker.check(virtual_server, declarations) {
        Ok(slices) if faults.iter().all(|fault| fault.severity == Severity::Warning) => {
            faults.extend(slices.warnings);
            Ok(Slices { warnings: faults, ..slices })
        }
        Ok(slices) => {
            faults.extend(slices.warnings);
            Err(faults)
        }
        Err(of_declarations) => {
            faults.extend(of_declarations);
            Err(faults)
        }
    }
}

/// The policies of a registry, parsed once and checked against one virtual server after the other.
///
/// Declarations of the same kind and arguments share a schema, and a policy is validated once per schema. The work
/// grows only with the number of different declarations.
pub struct Checker {
    index: Index,
    validators: HashMap<(Kind, Shape), (usize, Rc<Validator>)>,
    validated: HashMap<(usize, usize), Rc<[PolicyFault]>>,
    /// The validator of policies that read no arguments; made for the first of them.
    anywhere: Option<Rc<Validator>>,
    schemas: Schemas,
    /// The policies by which the gateway's evaluator and Cedar have decided.
    compared: HashSet<usize>,
}

impl Checker {
    /// Parses the policies. The returned faults don't depend on declarations; a policy with such an error is excluded
    /// from later checks.
    #[must_use]
    pub fn new(policies: &[PolicyText]) -> (Self, Vec<PolicyFault>) {
        let mut checker = Self {
            index: Index::default(),
            validators: HashMap::new(),
            validated: HashMap::new(),
            anywhere: None,
            schemas: Schemas::default(),
            compared: HashSet::new(),
        };
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

    /// Adds a candidate, unless it has an error that doesn't depend on declarations.
    fn add(&mut self, mut candidate: Candidate) -> Vec<PolicyFault> {
        let anywhere = !candidate.depends_on_arguments || candidate.applies_to_nothing();
        let found = if anywhere { self.validate_anywhere(&candidate) } else { Vec::new() };
        if found.iter().all(|fault| fault.severity == Severity::Warning) {
            candidate.impossible = found.iter().any(|fault| fault.reason == FaultReason::Impossible);
            self.index.add(candidate);
        }
        found
    }

    /// The policy `id` as a record has it, and its position among all; `None` if it has an error.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<(usize, &RecordPolicy)> {
        let position = self.index.position(id)?;
        Some((position, &self.index.candidates.get(position)?.record))
    }

    /// Checks the declarations of one virtual server. The faults are only those that depend on them.
    ///
    /// # Errors
    /// All faults, including warnings, if at least one is of [`Severity::Error`].
    pub fn check(&mut self, virtual_server: &str, declarations: &[Declaration]) -> Result<Slices, Vec<PolicyFault>> {
        let (mut slices, mut faults, mut by_policy) = (Slices::default(), Vec::new(), ByPolicy::default());
        for declaration in declarations {
            let fault = |reason, message| PolicyFault::of_declaration(reason, message).with(declaration);
            let positions = self.index.of(virtual_server, declaration);
            let ids = positions.iter().map(|&position| self.index.candidates[position].id.clone()).collect();
            if slices.by_name.insert((declaration.kind, declaration.name.clone()), ids).is_some() {
                let message = format!("another {} has this name", declaration.kind.as_str());
                faults.push(fault(FaultReason::DuplicateDeclaration, message));
                continue;
            }
            if !RISKS.contains(&declaration.risk.as_str()) {
                let message = format!("the risk `{}` is not `low`, `medium` or `high`", declaration.risk);
                faults.push(fault(FaultReason::Declaration, message));
            }
            match self.validator(declaration) {
                Ok(validator) => {
                    let impossible = self.validate(declaration, &positions, &validator, &mut by_policy);
                    faults.extend(self.compare(virtual_server, declaration, &positions));
                    let possible = positions.iter().filter(|position| !impossible.contains(position));
                    faults.extend(applicability::never_called(
                        declaration,
                        possible.map(|&position| &self.index.candidates[position]),
                    ));
                }
                Err(fault) => faults.push(fault.with(declaration)),
            }
        }
        faults.extend(by_policy.into_faults());
        if faults.iter().any(|fault| fault.severity == Severity::Error) {
            return Err(faults);
        }
        slices.warnings = faults;
        Ok(slices)
    }

    /// Validates the policies that depend on the arguments of `declaration`; returns those that can't apply to it.
    fn validate(
        &mut self,
        declaration: &Declaration,
        positions: &[usize],
        (number, validator): &(usize, Rc<Validator>),
        by_policy: &mut ByPolicy,
    ) -> HashSet<usize> {
        let mut impossible = HashSet::new();
        for &position in positions {
            let candidate = &self.index.candidates[position];
            if !candidate.depends_on_arguments {
                continue;
            }
            let found =
                self.validated.entry((*number, position)).or_insert_with(|| validate(validator, candidate).into());
            if found.iter().any(|fault| fault.reason == FaultReason::Impossible) {
                impossible.insert(position);
            }
            by_policy.add(position, declaration, found);
        }
        impossible
    }

    /// Compares the gateway's evaluator with Cedar, once for each policy.
    fn compare(&mut self, virtual_server: &str, declaration: &Declaration, positions: &[usize]) -> Vec<PolicyFault> {
        let new: Vec<usize> = positions.iter().copied().filter(|position| self.compared.insert(*position)).collect();
        if new.is_empty() {
            return Vec::new();
        }
        let schema = match self.schemas.of(declaration) {
            Ok(schema) => schema,
            Err(fault) => return vec![fault.with(declaration)],
        };
        let candidates = new.into_iter().map(|position| &self.index.candidates[position]);
        candidates
            .filter_map(|candidate| comparison::compare(virtual_server, declaration, &schema, candidate).err())
            .collect()
    }

    /// The faults of a policy that reads no arguments.
    fn validate_anywhere(&mut self, candidate: &Candidate) -> Vec<PolicyFault> {
        let validator = match &self.anywhere {
            Some(known) => known.clone(),
            None => match schema_of_all() {
                Ok(schema) => self.anywhere.insert(Rc::new(Validator::new(schema))).clone(),
                Err(fault) => return vec![fault],
            },
        };
        validate(&validator, candidate)
    }

    /// The validator for the kind and arguments of `declaration`, and its number.
    fn validator(&mut self, declaration: &Declaration) -> Result<(usize, Rc<Validator>), PolicyFault> {
        let shape = (declaration.kind, declaration.arguments.clone());
        if let Some(known) = self.validators.get(&shape) {
            return Ok(known.clone());
        }
        let made = (self.validators.len(), Rc::new(Validator::new(schema(declaration.kind, &declaration.arguments)?)));
        self.validators.insert(shape, made.clone());
        Ok(made)
    }
}

/// The findings of Cedar's validator about one policy.
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
            // A scope that no request can match is an error: a `forbid` would never forbid.
            ValidationWarning::InvalidActionApplication(_) => fault(FaultReason::Scope),
            ValidationWarning::ImpossiblePolicy(_) => fault(FaultReason::Impossible).warning(),
            _ => fault(FaultReason::Confusable).warning(),
        }
    });
    let mut found: Vec<PolicyFault> = errors.chain(warnings).collect();
    if found.iter().any(|fault| fault.severity == Severity::Error) {
        // The finding that it can't apply only follows from the others.
        found.retain(|fault| fault.reason != FaultReason::Impossible);
    }
    found
}

/// Faults of policies over several declarations; each is reported once with all of its declarations.
#[derive(Default)]
struct ByPolicy {
    /// One per policy and fault, in the order first found.
    found: Vec<(usize, PolicyFault)>,
    /// Number of declarations that each policy was validated against.
    validated: HashMap<usize, usize>,
}

impl ByPolicy {
    fn add(&mut self, position: usize, declaration: &Declaration, faults: &[PolicyFault]) {
        *self.validated.entry(position).or_default() += 1;
        for fault in faults {
            let same = |(of, known): &&mut (usize, PolicyFault)| {
                *of == position
                    && known.reason == fault.reason
                    && known.message == fault.message
                    && known.offset == fault.offset
            };
            match self.found.iter_mut().find(same) {
                Some((_, known)) => known.declarations.push((declaration.kind, declaration.name.clone())),
                None => self.found.push((position, fault.clone().with(declaration))),
            }
        }
    }

    /// Omits *impossible* unless it holds for all declarations: a policy for several tools tests arguments that only
    /// some declare.
    fn into_faults(self) -> impl Iterator<Item = PolicyFault> {
        let Self { found, validated } = self;
        found
            .into_iter()
            .filter(move |(position, fault)| {
                fault.reason != FaultReason::Impossible || Some(&fault.declarations.len()) == validated.get(position)
            })
            .map(|(_, fault)| fault)
    }
}

/// An entity that a policy names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// `Tool::"…"`, `Resource::"…"`, `Prompt::"…"`
    Exposed(Kind, String),
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
    /// `Service::"CLIENT_ID"`
    Service(String),
    /// `Agent::"…"`
    Agent(String),
    /// A text that is compared with `resource.data_classes`.
    DataClass(String),
}

/// The entities and classes of data that one policy names, sorted, each once, so that the registry can report
/// undeclared names.
///
/// [`check`] reports actions and types that aren't in the schema.
///
/// # Errors
/// The policy doesn't parse.
pub fn mentions(policy: &PolicyText) -> Result<Vec<Mention>, PolicyFault> {
    let names = type_names()?;
    let parsed = crate::compile::parse(policy)?;
    let literals = parsed.entity_literals();
    let mut mentions: Vec<Mention> = literals.iter().filter_map(|literal| mention(names, literal)).collect();
    mentions.extend(condition::data_classes(&parsed).into_iter().map(Mention::DataClass));
    mentions.sort_unstable();
    mentions.dedup();
    Ok(mentions)
}

/// True for a `permit` that asks for nothing of the caller: neither its scope nor a condition reads the principal, and
/// no condition the context. False for a text that isn't one policy.
#[must_use]
pub fn permits_everybody(policy: &PolicyText) -> bool {
    let (Ok(names), Ok(policy)) = (type_names(), crate::compile::parse(policy)) else { return false };
    policy.effect() == Effect::Permit
        && applicability::unrestricted(names, &policy.principal_constraint())
        && !condition::reads_caller(&policy)
}

fn mention(names: &TypeNames, literal: &EntityUid) -> Option<Mention> {
    let name = literal.id().unescaped().to_owned();
    if let Some(kind) = names.kind(literal.type_name()) {
        return Some(Mention::Exposed(kind, name));
    }
    let kinds: [(&EntityTypeName, Make); 7] = [
        (&names.origin, Mention::Origin),
        (&names.virtual_server, Mention::VirtualServer),
        (&names.group, Mention::Group),
        (&names.team, Mention::Team),
        (&names.user, Mention::User),
        (&names.service, Mention::Service),
        (&names.agent, Mention::Agent),
    ];
    let (_, make) = kinds.into_iter().find(|(type_name, _)| literal.type_name() == *type_name)?;
    Some(make(name))
}

type Make = fn(String) -> Mention;

/// The valid risks, from low to high.
const RISKS: [&str; 3] = ["low", "medium", "high"];

#[cfg(test)]
mod tests;
