//! Which policies can apply to which tool, and what follows for the tool, from scopes alone.

use std::collections::HashMap;

use cedar_policy::{Effect, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

use super::condition::ArgumentUse;
use crate::compile::{includes, parse};
use crate::entities::{TypeNames, uid};
use crate::{Declaration, FaultReason, PolicyFault, PolicyText};

/// One parsed policy with what the check asks of it again and again.
pub(crate) struct Candidate {
    pub id: String,
    pub policy: Policy,
    /// Whether its validity can differ from tool to tool.
    pub depends_on_arguments: bool,
    /// Whether Cedar found that it can't apply to any tool.
    pub impossible: bool,
    resource: Reach,
    list: bool,
    call: bool,
    /// Whether its scope is all that it says, and it says it of every principal.
    unconditional: bool,
}

/// The tools in a policy's scope.
enum Reach {
    Everywhere,
    Tool(String),
    Origin(String),
    VirtualServer(String),
}

impl Candidate {
    /// Parses a policy and refuses what is wrong whatever the tool and the schema.
    pub fn new(names: &TypeNames, text: &PolicyText) -> Result<Self, Vec<PolicyFault>> {
        let policy = parse(text).map_err(|fault| vec![fault])?;
        let fault = |reason, message: String| PolicyFault::of_policy(&text.id, reason, message);
        let (list, call) = (uid(&names.action, "list"), uid(&names.action, "call"));
        let actions = policy.action_constraint();
        let (list, call) = (includes(&actions, &list), includes(&actions, &call));
        let arguments = ArgumentUse::of(&policy);
        let mut faults = Vec::new();
        if list && arguments == ArgumentUse::Accessed {
            faults.push(fault(FaultReason::ArgumentsInList, ARGUMENTS_IN_LIST.to_owned()));
        }
        let resource = Reach::of(names, &policy.resource_constraint());
        match resource {
            Ok(resource) if faults.is_empty() => Ok(Self {
                id: text.id.clone(),
                depends_on_arguments: arguments > ArgumentUse::None,
                impossible: false,
                resource,
                list,
                call,
                unconditional: !policy.has_non_scope_constraint()
                    && unrestricted(names, &policy.principal_constraint()),
                policy,
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
    fn of(names: &TypeNames, constraint: &ResourceConstraint) -> Result<Self, String> {
        match constraint {
            ResourceConstraint::Any => Ok(Self::Everywhere),
            ResourceConstraint::Is(type_name) if *type_name == names.tool => Ok(Self::Everywhere),
            ResourceConstraint::Eq(resource) if *resource.type_name() == names.tool => Ok(Self::Tool(name(resource))),
            ResourceConstraint::Eq(resource) => Err(format!(
                "no resource is `{resource}`: write `resource in {resource}`, or `resource == Tool::\"…\"`"
            )),
            ResourceConstraint::IsIn(type_name, _) | ResourceConstraint::Is(type_name) if *type_name != names.tool => {
                Err(format!("no resource is of type `{type_name}`: all are of type `Tool`"))
            }
            ResourceConstraint::In(container) | ResourceConstraint::IsIn(_, container) => {
                Self::within(names, container)
            }
            ResourceConstraint::Is(type_name) => Err(format!("no resource is of type `{type_name}`")),
        }
    }

    fn within(names: &TypeNames, container: &EntityUid) -> Result<Self, String> {
        let (type_name, name) = (container.type_name(), name(container));
        if *type_name == names.tool {
            Ok(Self::Tool(name))
        } else if *type_name == names.origin {
            Ok(Self::Origin(name))
        } else if *type_name == names.virtual_server {
            Ok(Self::VirtualServer(name))
        } else {
            Err(format!("no resource is in `{container}`: tools are in `Origin::\"…\"` and `VirtualServer::\"…\"`"))
        }
    }
}

/// Whether every user is in the scope.
fn unrestricted(names: &TypeNames, constraint: &PrincipalConstraint) -> bool {
    match constraint {
        PrincipalConstraint::Any => true,
        PrincipalConstraint::Is(type_name) => *type_name == names.user,
        _ => false,
    }
}

fn name(entity: &EntityUid) -> String {
    entity.id().unescaped().to_owned()
}

/// The policies by what their scopes name, so that finding a tool's takes no walk over all.
#[derive(Default)]
pub(crate) struct Index {
    pub candidates: Vec<Candidate>,
    everywhere: Vec<usize>,
    by_tool: HashMap<String, Vec<usize>>,
    by_origin: HashMap<String, Vec<usize>>,
    by_virtual_server: HashMap<String, Vec<usize>>,
}

impl Index {
    pub fn add(&mut self, candidate: Candidate) {
        let positions = match &candidate.resource {
            Reach::Everywhere => &mut self.everywhere,
            Reach::Tool(name) => self.by_tool.entry(name.clone()).or_default(),
            Reach::Origin(name) => self.by_origin.entry(name.clone()).or_default(),
            Reach::VirtualServer(name) => self.by_virtual_server.entry(name.clone()).or_default(),
        };
        positions.push(self.candidates.len());
        self.candidates.push(candidate);
    }

    /// The positions of the policies whose scope can match `tool` in `virtual_server`, in the order added.
    pub fn of(&self, virtual_server: &str, tool: &Declaration) -> Vec<usize> {
        let named = [
            self.by_tool.get(tool.name.as_str()),
            self.by_origin.get(tool.origin.as_str()),
            self.by_virtual_server.get(virtual_server),
        ];
        let mut positions: Vec<usize> =
            self.everywhere.iter().chain(named.into_iter().flatten().flatten()).copied().collect();
        positions.sort_unstable();
        positions
    }
}

/// Warns if `tool` can't be called by anybody, as far as the scopes of `policies`, all that can apply to it, tell.
pub(crate) fn never_called<'a>(
    tool: &Declaration,
    policies: impl Iterator<Item = &'a Candidate>,
) -> Option<PolicyFault> {
    let (mut list, mut call) = (Verdict::default(), Verdict::default());
    for policy in policies.filter(|policy| !policy.impossible) {
        match policy.policy.effect() {
            Effect::Permit => {
                list.permitted |= policy.list;
                call.permitted |= policy.call;
            }
            Effect::Forbid => {
                list.forbidden |= policy.list && policy.unconditional;
                call.forbidden |= policy.call && policy.unconditional;
            }
        }
    }
    let message = match (list.possible(), call.possible()) {
        (_, true) => return None,
        (true, false) if call.forbidden => "can be listed and never called: a policy forbids every `call`",
        (true, false) => "can be listed and never called: no policy permits `call`",
        (false, false) => "can be neither listed nor called by anybody",
    };
    let fault = PolicyFault::of_tool(FaultReason::NeverCalled, message.to_owned()).warning();
    Some(PolicyFault { tools: vec![tool.name.clone()], ..fault })
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

const ARGUMENTS_IN_LIST: &str = "`context.arguments` exists for `call` only, and the scope includes `list`: write `action == Action::\"call\"`, \
     and give `list` a policy of its own without the arguments";
