//! Tests of services: principals that are no users, for the gateway and for Cedar.

use policy::PrincipalKind;

use super::*;
use crate::example::{ISSUER, noon, policy, search};

#[test]
fn service_is_principal_of_its_own_type() {
    let rules = [
        ("service", "permit(principal is Service, action, resource);", [false, true, true]),
        ("user", "permit(principal is User, action, resource);", [true, false, false]),
        ("named", r#"permit(principal == Service::"nightly", action, resource);"#, [false, true, false]),
        (
            "as-user",
            r#"permit(principal == User::"https://mcp.example.com|nightly", action, resource);"#,
            [false, false, false],
        ),
        ("members", r#"permit(principal in Group::"a", action, resource);"#, [true, true, false]),
        ("both", r#"permit(principal is Service in Group::"a", action, resource);"#, [false, true, false]),
        (
            "when",
            r#"permit(principal, action, resource) when { principal is Service && principal.subject == "nightly" };"#,
            [false, true, false],
        ),
    ];
    let groups = ["a".to_owned()];
    let of = |kind, issuer, id| Principal { kind, ..Principal::of(issuer, id, id) };
    let (user, service) = (PrincipalKind::User, PrincipalKind::Service);
    let gateway = "https://mcp.example.com";
    let callers = [
        Principal { groups: &groups, ..of(user, ISSUER, "nightly") },
        Principal { groups: &groups, ..of(service, gateway, "nightly") },
        of(service, gateway, "other"),
    ];
    for (id, text, expected) in rules {
        let rule = policy(id, text);
        let oracle = Oracle::of_texts("support", &search(), &[&rule]).unwrap();
        for (caller, expected) in callers.iter().zip(expected) {
            let decision = oracle.decide(Action::List, caller, &noon(), None);
            assert_eq!(decision.map(|decision| decision.permits()), Ok(expected), "{text}: {caller:?}");
            let may_list = crate::rule(&rule).unwrap().may_list(caller);
            assert!(may_list || !expected, "{text}: what may be listed should not be hidden: {caller:?}");
        }
    }
}
