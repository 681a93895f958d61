//! Random declarations, and random policies and calls about them: with a schema, as the gateway is asked.

use policy::{
    Action, ArgumentDeclaration, ArgumentType, Arguments, Circumstances, Declaration, Kind, Principal, PrincipalKind,
};

use super::expressions::{Expressions, Type, quoted};
use super::{Choices, PairCounts};
use crate::PolicyText;
use crate::oracle::Oracle;

const NAMES: [&str; 3] = ["amount", "odd name", "arguments"];
const TYPES: [ArgumentType; 6] = [
    ArgumentType::String,
    ArgumentType::Long,
    ArgumentType::Boolean,
    ArgumentType::Decimal,
    ArgumentType::StringSet,
    ArgumentType::LongSet,
];
const SCOPES: [&str; 9] = [
    "principal, action, resource",
    r#"principal in Group::"a", action, resource"#,
    r#"principal in Team::"a", action, resource is Tool"#,
    r#"principal is User in Group::"b", action == Action::"call", resource"#,
    r#"principal == User::"https://idp.example.com|alice", action, resource in Origin::"o""#,
    "principal is Service, action, resource",
    r#"principal == Service::"alice", action, resource"#,
    r#"principal, action == Action::"call", resource == Tool::"t""#,
    r#"principal, action in [Action::"list", Action::"read"], resource in VirtualServer::"v""#,
];
const JSON: [&str; 17] = [
    "null",
    "true",
    "0",
    "1",
    "-1",
    "7",
    "1.5",
    "5e2",
    "9223372036854775807",
    "9223372036854775808",
    r#""a""#,
    r#""12.5""#,
    "[]",
    r#"["a","b","a"]"#,
    "[1,2]",
    r#"[1,"a"]"#,
    r#"{"__entity":{"type":"User","id":"alice"}}"#,
];

/// Compares the decisions about a random declaration, by so many random policies.
///
/// # Errors
/// The policies and the call about which the two disagree, in words.
pub fn agree_as_declared(
    choices: &mut Choices<'_>,
    (policies, requests): (usize, usize),
    counts: &mut PairCounts,
) -> Result<(), String> {
    let mut declaration = Declaration {
        kind: Kind::Tool,
        name: "t".to_owned(),
        origin: "o".to_owned(),
        origin_name: "t".to_owned(),
        arguments: Default::default(),
        data_classes: vec!["a".to_owned(), "b".to_owned()],
        risk: "low".to_owned(),
        read_only: choices.one_in(2).then_some(true),
        destructive: None,
        idempotent: Some(choices.one_in(2)),
    };
    for name in NAMES {
        if !choices.one_in(3) {
            let r#type = TYPES.get(choices.below(TYPES.len())).copied().unwrap_or(ArgumentType::Long);
            let argument = ArgumentDeclaration { r#type, required: choices.one_in(3) };
            declaration.arguments.insert(name.to_owned(), argument);
        }
    }
    let texts: Vec<PolicyText> = (0..policies)
        .map(|number| {
            let scope = choices.of(&SCOPES);
            let text = expressions(choices, &declaration).with_conditions(scope);
            PolicyText { id: format!("p{number}"), text }
        })
        .collect();
    let oracle = Oracle::of_texts("v", &declaration, &texts.iter().collect::<Vec<_>>())
        .map_err(|fault| format!("{fault}: {texts:#?}"))?;
    for _ in 0..requests {
        let arguments: Vec<String> = NAMES
            .into_iter()
            .map(|name| (name, choices.of(&JSON), choices.one_in(4)))
            .filter(|(.., is_absent)| !is_absent)
            .map(|(name, json, _)| format!("{}:{json}", quoted(name)))
            .collect();
        let json = format!("{{{}}}", arguments.join(","));
        let action = if choices.one_in(3) { Action::List } else { Action::Call };
        let decision = ask(choices, &oracle, action, &json);
        counts.add(&decision.map_err(|disagreement| format!("{disagreement}: {action:?} {json}\n{texts:#?}"))?);
    }
    Ok(())
}

fn ask(choices: &mut Choices<'_>, oracle: &Oracle, action: Action, json: &str) -> Result<policy::Decision, String> {
    let groups: Vec<String> = ["a", "b", "c"].iter().filter(|_| choices.one_in(2)).map(ToString::to_string).collect();
    let mut claim = |value| choices.one_in(2).then_some(value);
    let (team, tenant, acr, country) = (claim("a"), claim("t"), claim("1"), claim("CH"));
    let address = claim("::ffff:10.0.0.1").and_then(|address| address.parse().ok());
    let amr = ["mfa".to_owned()];
    let principal = Principal {
        kind: if claim("").is_some() { PrincipalKind::Service } else { PrincipalKind::User },
        groups: &groups,
        team,
        tenant,
        acr,
        amr: if claim("").is_some() { &amr } else { &[] },
        auth_time: claim("").map(|_| 1_795_171_000),
        ..Principal::of("https://idp.example.com", "alice", "claude-code")
    };
    let circumstances = Circumstances { now_seconds: 1_795_171_327, address, country };
    let arguments = Arguments::parse(Some(json)).map_err(|error| error.to_string())?;
    oracle.decide(action, &principal, &circumstances, Some(&arguments)).map_err(|disagreement| disagreement.to_string())
}

/// Over the attributes of the schema.
fn expressions<'c, 'b>(choices: &'c mut Choices<'b>, declaration: &Declaration) -> Expressions<'c, 'b> {
    let of_schema = [
        (Type::Datetime, "context.now"),
        (Type::Ip, "context.address"),
        (Type::String, "context.country"),
        (Type::Entity, "context.agent"),
        (Type::Record, "context.authentication"),
        (Type::Set, "context.authentication.amr"),
        (Type::Datetime, "context.authentication.auth_time"),
        (Type::Record, "context.arguments"),
        (Type::String, "principal.issuer"),
        (Type::String, "principal.team"),
        (Type::String, "principal.tenant"),
        (Type::String, "resource.name"),
        (Type::Set, "resource.data_classes"),
        (Type::Bool, "resource.read_only"),
        (Type::Bool, "resource.destructive"),
    ];
    let mut attributes: Vec<(Type, String)> = of_schema.map(|(of, text)| (of, text.to_owned())).into();
    for (name, argument) in &declaration.arguments {
        let of = match argument.r#type {
            ArgumentType::String => Type::String,
            ArgumentType::Long => Type::Long,
            ArgumentType::Boolean => Type::Bool,
            ArgumentType::Decimal => Type::Decimal,
            ArgumentType::StringSet | ArgumentType::LongSet => Type::Set,
        };
        attributes.push((of, format!("context.arguments[{}]", quoted(name))));
        attributes.push((Type::Bool, format!("(context.arguments has {})", quoted(name))));
    }
    Expressions { choices, attributes }
}
