//! Compile: the policies, schema and entity of one tool, resource or prompt, parsed once per isolate.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use cedar_policy::{
    ActionConstraint, Effect, Entities, EntityUid, Policy, PolicyId, PolicySet, PrincipalConstraint, Schema,
};

use crate::bounds;
use crate::entities::{self, Memberships, TypeNames, type_names, uid};
use crate::listing::Listing;
use crate::request::arguments::Unfit;
use crate::schema::{Shape, admissible, list_schema, request_schema};
use crate::visible::Visible;
use crate::{Action, Arguments, Declaration, FaultReason, Kind, PolicyFault, PolicyText, Principal};

/// One parsed policy. It is cheap to clone, so that the declarations of a virtual server can share it.
#[derive(Clone, Debug)]
pub struct ParsedPolicy(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    policy: Policy,
    id: String,
    /// The group or team that its scope requires; `None` if it applies to any principal.
    membership: Option<EntityUid>,
    mentioned: Vec<EntityUid>,
    visible: Visible,
    /// True if its conditions may read the action.
    reads_action: bool,
    message: Option<String>,
    reads_arguments: bool,
}

impl ParsedPolicy {
    /// Parses one policy.
    ///
    /// # Errors
    /// The text is not one policy in Cedar's syntax, is a template, or is beyond [`crate::bounds`].
    pub fn new(text: &PolicyText) -> Result<Self, PolicyFault> {
        let names = type_names()?;
        let policy = parse(text)?;
        let membership = match policy.principal_constraint() {
            PrincipalConstraint::In(container) | PrincipalConstraint::IsIn(_, container) => Some(container),
            _ => None,
        };
        Ok(Self(Arc::new(Parsed {
            id: text.id.clone(),
            membership: membership.filter(|container| names.is_membership(container)),
            mentioned: policy.entity_literals().into_iter().filter(|literal| names.is_membership(literal)).collect(),
            visible: Visible::of(&text.text),
            // The scope names it as well.
            reads_action: text.text.matches("action").count() > 1 || text.text.contains('\\'),
            message: policy.annotation("message").map(str::to_owned),
            reads_arguments: text.text.contains("arguments"),
            policy,
        })))
    }

    /// The text of `@message("…")`, for a caller that this policy refuses.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// True if its decision may depend on the arguments; never wrongly false.
    #[must_use]
    pub fn reads_arguments(&self) -> bool {
        self.0.reads_arguments
    }

    /// False if its scope alone shows that it lets `principal` list nothing: a `forbid`, a rule about use only, or a
    /// rule for another user or for a group or team of others.
    #[must_use]
    pub fn may_list(&self, principal: &Principal<'_>) -> bool {
        let Ok(names) = type_names() else { return false };
        let lists = includes(&self.0.policy.action_constraint(), &uid(&names.action, "list"));
        if self.forbids() || !lists {
            return false;
        }
        match self.0.policy.principal_constraint() {
            PrincipalConstraint::Eq(user) => {
                let name = entities::user_name(principal.issuer, principal.subject);
                name.is_some_and(|name| user == uid(&names.user, &name))
            }
            _ => self.0.membership.as_ref().is_none_or(|container| {
                let mut memberships = Memberships::default();
                memberships.note(names, container);
                memberships.of(principal).contains(container)
            }),
        }
    }

    /// True for a `forbid`.
    #[must_use]
    pub fn forbids(&self) -> bool {
        self.0.policy.effect() == Effect::Forbid
    }
}

/// The data about one tool, resource or prompt that decisions need and that doesn't depend on the call.
///
/// Policies are not validated here, because `weir registry check` did so before the record was signed. At run time a
/// policy that doesn't fit fails to evaluate, which refuses the request.
#[derive(Clone, Debug)]
pub struct ToolPolicies {
    kind: Kind,
    pub(crate) arguments: Shape,
    pub(crate) resource: EntityUid,
    pub(crate) entities: Entities,
    pub(crate) memberships: Memberships,
    pub(crate) visible: Visible,
    pub(crate) listing: Listing,
    list: Rules,
    call: Rules,
    /// Made at the first call, because most tools of a large virtual server are listed and never called.
    call_schema: OnceLock<Option<Schema>>,
}

/// The policies whose scope includes one action.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub action: EntityUid,
    /// The policies that require no group or team.
    for_all: PolicySet,
    /// The policies that require a group or team, by that entity; they can't apply to anybody else.
    for_members: HashMap<EntityUid, PolicySet>,
}

impl ToolPolicies {
    /// Parses the policies and makes the entity of the declaration.
    ///
    /// # Errors
    /// The first fault; the caller must then refuse every request.
    pub fn compile(
        virtual_server: &str,
        declaration: &Declaration,
        policies: &[&PolicyText],
    ) -> Result<Self, PolicyFault> {
        let parsed: Result<Vec<ParsedPolicy>, PolicyFault> =
            policies.iter().map(|text| ParsedPolicy::new(text)).collect();
        Self::from_parsed(virtual_server, declaration, &parsed?)
    }

    /// As [`Self::compile`], from parsed policies that declarations share.
    ///
    /// # Errors
    /// The first fault; the caller must then refuse every request.
    pub fn from_parsed(
        virtual_server: &str,
        declaration: &Declaration,
        policies: &[ParsedPolicy],
    ) -> Result<Self, PolicyFault> {
        let names = type_names()?;
        admissible(&declaration.arguments)?;
        let mut compiled = Self {
            kind: declaration.kind,
            arguments: declaration.arguments.clone(),
            resource: uid(names.exposed(declaration.kind), &declaration.name),
            entities: entities::exposed(virtual_server, declaration)?,
            memberships: Memberships::default(),
            visible: Visible::default(),
            listing: Listing::default(),
            list: Rules::new(names, "list"),
            call: Rules::new(names, declaration.kind.action()),
            call_schema: OnceLock::new(),
        };
        for policy in policies {
            compiled.visible = compiled.visible.or(policy.0.visible);
            for mentioned in &policy.0.mentioned {
                compiled.memberships.note(names, mentioned);
            }
            compiled.list.add(&policy.0)?;
            compiled.call.add(&policy.0)?;
            let of = |rules: &Rules| includes(&policy.0.policy.action_constraint(), &rules.action);
            let scope = (of(&compiled.list), of(&compiled.call));
            let is_permit = policy.0.policy.effect() == Effect::Permit;
            compiled.listing.add(&policy.0.id, is_permit, scope, (policy.0.visible.arguments, policy.0.reads_action));
        }
        Ok(compiled)
    }

    /// The ids, sorted, of the policies that a decision about `principal` evaluates: those that require no group or
    /// team, and those that require one of the principal's. Their conditions may still not apply.
    #[must_use]
    pub fn considered(&self, action: Action, principal: &Principal<'_>) -> Vec<String> {
        let containers = self.memberships.of(principal);
        let sets = self.rules(action).of(containers.iter());
        let ids = sets.flat_map(|set| set.policies().map(|policy| AsRef::<str>::as_ref(policy.id()).to_owned()));
        let mut ids: Vec<String> = ids.collect();
        ids.sort_unstable();
        ids
    }

    /// The first declared argument that is missing in `arguments` or doesn't fit its declaration, and why.
    #[must_use]
    pub fn unfit_argument(&self, arguments: &Arguments<'_>) -> Option<Unfit> {
        arguments.record(&self.arguments).err()
    }

    pub(crate) fn rules(&self, action: Action) -> &Rules {
        match action {
            Action::List => &self.list,
            Action::Call => &self.call,
        }
    }

    /// The schema that a request is validated against. All declarations share the one for `list`.
    pub(crate) fn schema(&self, action: Action) -> Option<&Schema> {
        static LIST: OnceLock<Option<Schema>> = OnceLock::new();
        match action {
            Action::List => LIST.get_or_init(|| list_schema().ok()).as_ref(),
            Action::Call => self.call_schema.get_or_init(|| request_schema(self.kind, &self.arguments).ok()).as_ref(),
        }
    }
}

impl Rules {
    fn new(names: &TypeNames, action: &str) -> Self {
        Self { action: uid(&names.action, action), for_all: PolicySet::new(), for_members: HashMap::new() }
    }

    fn add(&mut self, parsed: &Parsed) -> Result<(), PolicyFault> {
        if !includes(&parsed.policy.action_constraint(), &self.action) {
            return Ok(());
        }
        let id = parsed.policy.id();
        if self.sets().any(|set| set.policy(id).is_some()) {
            return Err(PolicyFault::of_policy(
                &parsed.id,
                FaultReason::DuplicatePolicy,
                "another policy has this id".to_owned(),
            ));
        }
        let set = match &parsed.membership {
            None => &mut self.for_all,
            Some(container) => self.for_members.entry(container.clone()).or_default(),
        };
        set.add(parsed.policy.clone())
            .map_err(|error| PolicyFault::of_policy(&parsed.id, FaultReason::DuplicatePolicy, error.to_string()))
    }

    fn sets(&self) -> impl Iterator<Item = &PolicySet> {
        std::iter::once(&self.for_all).chain(self.for_members.values())
    }

    /// The policies that can apply to a member of `containers`.
    pub fn of<'a>(&'a self, containers: impl Iterator<Item = &'a EntityUid>) -> impl Iterator<Item = &'a PolicySet> {
        std::iter::once(&self.for_all).chain(containers.filter_map(|container| self.for_members.get(container)))
    }
}

/// Parses one policy within [`crate::bounds`].
pub(crate) fn parse(text: &PolicyText) -> Result<Policy, PolicyFault> {
    bounds::check(text)?;
    Policy::parse(Some(PolicyId::new(&text.id)), &text.text)
        .map_err(|error| PolicyFault::of_diagnostic(&text.id, FaultReason::Syntax, &error))
}

/// True if the scope of a policy includes `action`. The schema has no groups of actions.
pub(crate) fn includes(constraint: &ActionConstraint, action: &EntityUid) -> bool {
    match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == action,
        ActionConstraint::In(several) => several.contains(action),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ArgumentType;
    use crate::example::{policy, search, tool};

    #[test]
    fn compile_refuses_text_that_is_not_one_policy() {
        let compile = |text: &str| {
            ToolPolicies::compile("support", &search(), &[&policy("p", text)])
                .map(|_| ())
                .map_err(|fault| fault.reason())
        };
        for text in [
            "",
            "permit(principal, action);",
            "permit(principal, action, resource); permit(principal, action, resource);",
            "permit(principal in ?principal, action, resource);",
        ] {
            assert_eq!(compile(text), Err("policy_syntax"), "`{text}` should be refused");
        }
    }

    #[test]
    fn compile_refuses_two_policies_of_one_id() {
        let all = policy("p", "permit(principal, action, resource);");
        let group = policy("p", r#"forbid(principal in Group::"x", action, resource);"#);
        for pair in [[&all, &all], [&all, &group], [&group, &group]] {
            let fault = ToolPolicies::compile("support", &search(), &pair).unwrap_err();
            assert_eq!(fault.reason(), "policy_duplicate", "{fault}");
        }
    }

    #[test]
    fn considered_policies_are_general_ones_and_those_of_callers_groups() {
        let texts = [
            policy("all", "forbid(principal, action == Action::\"call\", resource) when { context.arguments has id };"),
            policy("mine", r#"permit(principal in Group::"x", action, resource);"#),
            policy("theirs", r#"permit(principal in Group::"y", action, resource);"#),
        ];
        let compiled = ToolPolicies::compile("support", &search(), &texts.iter().collect::<Vec<_>>()).unwrap();
        let groups = ["x".to_owned()];
        let principal = Principal { groups: &groups, ..Principal::of("https://idp.example.com", "alice", "agent") };
        assert_eq!(compiled.considered(Action::Call, &principal), ["all", "mine"]);
        assert_eq!(compiled.considered(Action::List, &principal), ["mine"], "`all` is about calls");
    }

    #[test]
    fn scope_shows_who_may_list_nothing() {
        let groups = ["x".to_owned()];
        let alice = Principal::of("https://idp.example.com", "alice", "agent");
        let alice = Principal { groups: &groups, team: Some("field"), ..alice };
        for (text, expected) in [
            (r#"permit(principal, action, resource);"#, true),
            (r#"permit(principal in Group::"x", action in [Action::"list", Action::"call"], resource);"#, true),
            (r#"permit(principal in Team::"field", action == Action::"list", resource);"#, true),
            (r#"permit(principal == User::"https://idp.example.com|alice", action, resource);"#, true),
            (r#"permit(principal is User, action, resource) when { principal in Group::"y" };"#, true),
            (r#"permit(principal in Group::"x", action == Action::"call", resource);"#, false),
            (r#"permit(principal in Group::"y", action, resource);"#, false),
            (r#"permit(principal in Team::"x", action, resource);"#, false),
            (r#"permit(principal == User::"https://idp.example.com|bob", action, resource);"#, false),
            (r#"forbid(principal, action, resource);"#, false),
        ] {
            let parsed = ParsedPolicy::new(&policy("p", text)).unwrap();
            assert_eq!(parsed.may_list(&alice), expected, "{text}");
        }
    }

    #[test]
    fn unfit_argument_is_missing_or_of_another_type() {
        let tool = tool("orders_refund", &[("amount", ArgumentType::Long, true)]);
        let compiled = ToolPolicies::compile("support", &tool, &[]).unwrap();
        for (json, expected) in [
            (r#"{"amount":1}"#, None),
            (r#"{"amount":1,"more":true}"#, None),
            ("{}", Some("`amount` is missing")),
            (r#"{"amount":"1"}"#, Some("`amount` is a string and must be an integer of 64 bits")),
        ] {
            let arguments = Arguments::parse(Some(json)).unwrap();
            let unfit = compiled.unfit_argument(&arguments).map(|unfit| unfit.to_string());
            assert_eq!(unfit.as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn message_is_read_from_its_annotation() {
        let parsed = |text: &str| ParsedPolicy::new(&policy("p", text)).unwrap();
        let said = parsed(
            r#"@message("at most \"500\"") forbid(principal, action == Action::"call", resource) when { context.arguments.amount > 500 };"#,
        );
        assert_eq!(said.message(), Some("at most \"500\""));
        assert!(said.forbids() && said.reads_arguments());
        let silent = parsed("permit(principal, action, resource);");
        assert_eq!(silent.message(), None);
        assert!(!silent.forbids() && !silent.reads_arguments());
    }

    #[test]
    fn rules_are_sorted_by_required_group() {
        let texts = [
            policy("all", "permit(principal, action, resource);"),
            policy("group", r#"permit(principal in Group::"x", action, resource);"#),
            policy("team", r#"permit(principal is User in Team::"x", action == Action::"call", resource);"#),
            policy("user", r#"permit(principal in User::"x", action, resource);"#),
        ];
        let compiled = ToolPolicies::compile("support", &search(), &texts.iter().collect::<Vec<_>>()).unwrap();
        let names = type_names().unwrap();
        let counts = |action, containers: &[EntityUid]| -> Vec<usize> {
            compiled.rules(action).of(containers.iter()).map(|set| set.policies().count()).collect()
        };
        assert_eq!(counts(Action::Call, &[]), [2], "what is for all, and for a user, should always be looked at");
        let both = [uid(&names.group, "x"), uid(&names.team, "x")];
        assert_eq!(counts(Action::Call, &both), [2, 1, 1]);
        assert_eq!(counts(Action::List, &both), [2, 1], "a rule about calls should not be looked at for `list`");
    }
}
