//! Applicability: finds, from scopes alone, the policies that can apply to each tool, resource or prompt.

use std::collections::HashMap;

use cedar_policy::{Effect, EntityTypeName, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

use policy::record::RecordPolicy;
use policy::{Declaration, Kind};

use super::condition::ArgumentUse;
use crate::compile::{includes, parse, record};
use crate::names::{TypeNames, uid};
use crate::{FaultReason, PolicyFault, PolicyText};

/// One parsed policy with the results that the check needs repeatedly.
pub(crate) struct Candidate {
    pub id: String,
    pub policy: Policy,
    /// The policy as a record has it.
    pub record: RecordPolicy,
    /// True if its validity can differ between declarations.
    pub depends_on_arguments: bool,
    /// True if Cedar found that it can't apply to anything.
    pub impossible: bool,
    resource: Reach,
    /// The kind of the resource in its scope; `None` if the scope allows several.
    kind: Option<Kind>,
    list: bool,
    /// The kinds with their own action (`call`, `read`, `get`) in its scope.
    using: Vec<Kind>,
    /// True if it has no conditions and its scope includes every principal.
    unconditional: bool,
}

/// The resources in a policy's scope, without their kind.
enum Reach {
    Everywhere,
    Named(String),
    Origin(String),
    VirtualServer(String),
}

impl Candidate {
    /// Parses a policy and refuses it for faults that don't depend on declarations.
    pub fn new(names: &TypeNames, text: &PolicyText) -> Result<Self, Vec<PolicyFault>> {
        let policy = parse(text).map_err(|fault| vec![fault])?;
        let record = record(&text.id, &policy).map_err(|fault| vec![fault])?;
        let fault = |reason, message: String| PolicyFault::of_policy(&text.id, reason, message);
        let actions = policy.action_constraint();
        let within = |action| includes(&actions, &uid(&names.action, action));
        let (list, using) = (within("list"), Kind::ALL.into_iter().filter(|kind| within(kind.action())).collect());
        let arguments = ArgumentUse::of(&policy);
        let mut faults = Vec::new();
        if list && arguments == ArgumentUse::Accessed {
            faults.push(fault(FaultReason::ArgumentsInList, ARGUMENTS_IN_LIST.to_owned()));
        }
        let resource = Reach::of(names, &policy.resource_constraint());
        match resource {
            Ok((resource, kind)) if faults.is_empty() => Ok(Self {
                id: text.id.clone(),
                depends_on_arguments: arguments > ArgumentUse::None,
                impossible: false,
                resource,
                kind,
                list,
                using,
                unconditional: !policy.has_non_scope_constraint()
                    && unrestricted(names, &policy.principal_constraint()),
                policy,
                record,
            }),
            Ok(_) => Err(faults),
            Err(message) => {
                faults.push(fault(FaultReason::Scope, message));
                Err(faults)
            }
        }
    }
}

impl Reach {
    /// Returns the resources and their kind, if the scope restricts it to one.
    fn of(names: &TypeNames, constraint: &ResourceConstraint) -> Result<(Self, Option<Kind>), String> {
        let kind = |type_name: &EntityTypeName| {
            let unknown =
                || format!("no resource is of type `{type_name}`: all are of type `Tool`, `Resource` or `Prompt`");
            names.kind(type_name).ok_or_else(unknown)
        };
        match constraint {
            ResourceConstraint::Any => Ok((Self::Everywhere, None)),
            ResourceConstraint::Is(type_name) => Ok((Self::Everywhere, Some(kind(type_name)?))),
            ResourceConstraint::Eq(resource) => match names.kind(resource.type_name()) {
                Some(kind) => Ok((Self::Named(name(resource)), Some(kind))),
                None => Err(format!(
                    "no resource is `{resource}`: write `resource in {resource}`, or `resource == Tool::\"…\"`"
                )),
            },
            ResourceConstraint::In(container) => Self::within(names, container),
            ResourceConstraint::IsIn(type_name, container) => {
                let kind = kind(type_name)?;
                match Self::within(names, container)? {
                    (_, Some(other)) if other != kind => Err(format!("no `{type_name}` is in `{container}`")),
                    (reach, _) => Ok((reach, Some(kind))),
                }
            }
        }
    }

    fn within(names: &TypeNames, container: &EntityUid) -> Result<(Self, Option<Kind>), String> {
        let (type_name, name) = (container.type_name(), name(container));
        if let Some(kind) = names.kind(type_name) {
            Ok((Self::Named(name), Some(kind)))
        } else if *type_name == names.origin {
            Ok((Self::Origin(name), None))
        } else if *type_name == names.virtual_server {
            Ok((Self::VirtualServer(name), None))
        } else {
            Err(format!("no resource is in `{container}`: all are in `Origin::\"…\"` and `VirtualServer::\"…\"`"))
        }
    }
}

impl Candidate {
    /// True if no action and kind of resource in its scope fit together.
    pub fn applies_to_nothing(&self) -> bool {
        !Kind::ALL.into_iter().any(|kind| self.applies_to(kind))
    }

    /// True if its scope allows resources of this kind.
    fn applies_to(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|only| only == kind) && (self.list || self.using.contains(&kind))
    }
}

/// True if the scope includes every user.
pub(crate) fn unrestricted(names: &TypeNames, constraint: &PrincipalConstraint) -> bool {
    match constraint {
        PrincipalConstraint::Any => true,
        PrincipalConstraint::Is(type_name) => *type_name == names.user,
        _ => false,
    }
}

fn name(entity: &EntityUid) -> String {
    entity.id().unescaped().to_owned()
}

/// An index of policies by the resource in their scope.
#[derive(Default)]
pub(crate) struct Index {
    pub candidates: Vec<Candidate>,
    by_id: HashMap<String, usize>,
    everywhere: Vec<usize>,
    by_name: HashMap<String, Vec<usize>>,
    by_origin: HashMap<String, Vec<usize>>,
    by_virtual_server: HashMap<String, Vec<usize>>,
}

impl Index {
    pub fn add(&mut self, candidate: Candidate) {
        let positions = match &candidate.resource {
            Reach::Everywhere => &mut self.everywhere,
            Reach::Named(name) => self.by_name.entry(name.clone()).or_default(),
            Reach::Origin(name) => self.by_origin.entry(name.clone()).or_default(),
            Reach::VirtualServer(name) => self.by_virtual_server.entry(name.clone()).or_default(),
        };
        positions.push(self.candidates.len());
        self.by_id.insert(candidate.id.clone(), self.candidates.len());
        self.candidates.push(candidate);
    }

    /// The position of the policy `id`.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The positions of the policies whose scope can match `declaration` in `virtual_server`, in the order added.
    pub fn of(&self, virtual_server: &str, declaration: &Declaration) -> Vec<usize> {
        let named = [
            self.by_name.get(declaration.name.as_str()),
            self.by_origin.get(declaration.origin.as_str()),
            self.by_virtual_server.get(virtual_server),
        ];
        let positions = self.everywhere.iter().chain(named.into_iter().flatten().flatten()).copied();
        let mut positions: Vec<usize> =
            positions.filter(|&position| self.candidates[position].applies_to(declaration.kind)).collect();
        positions.sort_unstable();
        positions
    }
}

/// Warns if nobody can call, read or get the declaration, by the scopes of `policies`, which are all that can apply to
/// it.
pub(crate) fn never_called<'a>(
    declaration: &Declaration,
    policies: impl Iterator<Item = &'a Candidate>,
) -> Option<PolicyFault> {
    let (mut list, mut call) = (Verdict::default(), Verdict::default());
    for policy in policies.filter(|policy| !policy.impossible) {
        match policy.policy.effect() {
            Effect::Permit => {
                list.permitted |= policy.list;
                call.permitted |= policy.using.contains(&declaration.kind);
            }
            Effect::Forbid => {
                list.forbidden |= policy.list && policy.unconditional;
                call.forbidden |= policy.using.contains(&declaration.kind) && policy.unconditional;
            }
        }
    }
    let (action, used) = match declaration.kind {
        Kind::Tool => ("call", "called"),
        Kind::Resource => ("read", "read"),
        Kind::Prompt => ("get", "got"),
    };
    let message = match (list.possible(), call.possible()) {
        (_, true) => return None,
        (true, false) if call.forbidden => {
            format!("can be listed and never {used}: a policy forbids every `{action}`")
        }
        (true, false) => format!("can be listed and never {used}: no policy permits `{action}`"),
        (false, false) => format!("can be neither listed nor {used} by anybody"),
    };
    Some(PolicyFault::of_declaration(FaultReason::NeverCalled, message).warning().with(declaration))
}

#[derive(Default)]
struct Verdict {
    permitted: bool,
    forbidden: bool,
}

impl Verdict {
    fn possible(&self) -> bool {
        self.permitted && !self.forbidden
    }
}

const ARGUMENTS_IN_LIST: &str = "`context.arguments` doesn't exist for `list`, which the scope includes: write `action == Action::\"call\"` \
     (`read` of resources, `get` of prompts), and give `list` a policy of its own without the arguments";
