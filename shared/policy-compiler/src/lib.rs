//! Policy compiler: Cedar policies from the registry's text to the forms that the gateway evaluates.
//!
//! Cedar is the parser, the validator and the oracle. Nothing of it is in the gateway: `policy` evaluates what is
//! written here, and [`oracle`] compares its decisions with Cedar's own.
//!
//! # Scope
//!
//! - [`role`]: policies from roles in TOML;
//! - [`check`](mod@check): validation at publish, and the policies that apply to each declaration;
//! - [`bounds`]: the size and depth of a policy, measured before Cedar reads it;
//! - [`translate`](mod@translate): a Cedar policy as the gateway's, and back;
//! - [`oracle`]: Cedar's decision about the same request.
//!
//! # Writing policies
//!
//! [`schema`] defines the attributes that a policy can read. A tool is listed and called, a resource listed and read, a
//! prompt listed and got: the actions `list`, `call`, `read` and `get`. `list` has no `context.arguments`, so a policy
//! that reads arguments has `action == Action::"call"` (or `read`, `get`) in its scope; anything else is a fault at
//! [`check`](fn@check). Let a role grant both and narrow the use with a `forbid`:
//!
//! ```text
//! permit(principal in Group::"support", action in [Action::"list", Action::"call"], resource == Tool::"orders_refund");
//! forbid(principal, action == Action::"call", resource == Tool::"orders_refund")
//! when { context.arguments.amount > 500 };
//! ```
//!
//! A `Resource` is one URI pattern, named by its text in the registry; its only argument is the URI that is read:
//!
//! ```text
//! forbid(principal, action == Action::"read", resource in Origin::"documents")
//! when { context.arguments.uri like "handbook://secret/*" };
//! ```
//!
//! The annotation `@message("…")` of a `forbid` is shown to the caller that it refuses: what would be permitted.
//!
//! An argument that isn't required is tested with `has` first, in such a way that its absence is refused if the rule
//! needs it: `unless { context.arguments has amount && context.arguments.amount <= 500 }`.
//!
//! # Worked example
//!
//! Alice and bob are in the group `support`, bob is in `leads` as well, carol is in `sales`. `support` holds a role
//! with both tools of the origin `orders`; above 500, a refund is for leads.
//!
//! | | `orders_search` | `orders_refund` of 500 | `orders_refund` of 501 | `orders_refund` of `"501"` |
//! |---|---|---|---|---|
//! | alice | list, call | list, call | list | list |
//! | bob | list, call | list, call | list, call | list |
//! | carol | | | | |
//!
//! ```
//! use policy::{
//!     Action, ArgumentDeclaration, ArgumentType, Arguments, Circumstances, Declaration, Kind, Principal, ToolPolicies,
//!     decide,
//! };
//! use policy_compiler::role::{Grants, policies};
//! use policy_compiler::{PolicyText, check, compile};
//!
//! let tool = |name: &str, argument: &str, r#type| Declaration {
//!     kind: Kind::Tool,
//!     name: name.to_owned(),
//!     origin: "orders".to_owned(),
//!     origin_name: name.to_owned(),
//!     arguments: [(argument.to_owned(), ArgumentDeclaration { r#type, required: true })].into(),
//!     data_classes: vec!["customer".to_owned()],
//!     risk: "medium".to_owned(),
//!     read_only: None,
//!     destructive: None,
//!     idempotent: None,
//! };
//! let tools =
//!     [tool("orders_search", "query", ArgumentType::String), tool("orders_refund", "amount", ArgumentType::Long)];
//!
//! // The registry: a role and one condition.
//! let orders = ["orders".to_owned()];
//! let mut rules = policies("order-desk", &["support"], &Grants { origins: &orders, ..Grants::default() });
//! rules.push(PolicyText {
//!     id: "refund-limit".to_owned(),
//!     text: r#"forbid(principal, action == Action::"call", resource == Tool::"orders_refund")
//!         when { context.arguments.amount > 500 } unless { principal in Group::"leads" };"#
//!         .to_owned(),
//! });
//! let slices = check("support", &tools, &rules).expect("the registry should be without faults");
//! assert_eq!(slices.of(Kind::Tool, "orders_search"), ["role/order-desk/support/origin/orders"]);
//!
//! // Compiled once per isolate and tool, evaluated once per request.
//! let compiled = tools.each_ref().map(|tool| {
//!     let ids = slices.of(Kind::Tool, &tool.name);
//!     let slice: Vec<&PolicyText> = rules.iter().filter(|rule| ids.contains(&rule.id)).collect();
//!     compile("support", tool, &slice).expect("checked policies should compile")
//! });
//! let [search, refund] = &compiled;
//! let may = |person: &str, groups: &[&str], tool: &ToolPolicies, action: Action, arguments: &str| {
//!     let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
//!     let user = Principal::of("https://idp.example.com", person, "claude-code");
//!     let principal = Principal { groups: &groups, ..user };
//!     let now = Circumstances { now_seconds: 1_795_171_327, address: None, country: None };
//!     let arguments = Arguments::parse(Some(arguments)).expect("the arguments should be an object");
//!     decide(tool, action, &principal, &now, Some(&arguments)).permits()
//! };
//! for (person, groups, searches, refunds_500, refunds_501) in [
//!     ("alice", &["support"][..], true, true, false),
//!     ("bob", &["support", "leads"], true, true, true),
//!     ("carol", &["sales"], false, false, false),
//! ] {
//!     assert_eq!(may(person, groups, search, Action::List, "{}"), searches);
//!     assert_eq!(may(person, groups, search, Action::Call, r#"{"query":"late"}"#), searches);
//!     assert_eq!(may(person, groups, refund, Action::List, "{}"), searches);
//!     assert_eq!(may(person, groups, refund, Action::Call, r#"{"amount":500}"#), refunds_500);
//!     assert_eq!(may(person, groups, refund, Action::Call, r#"{"amount":501}"#), refunds_501);
//!     assert!(!may(person, groups, refund, Action::Call, r#"{"amount":"501"}"#));
//! }
//! ```

pub mod bounds;
mod cedar;
pub mod check;
pub mod compile;
#[cfg(test)]
mod example;
pub mod fault;
pub mod lexeme;
mod names;
pub mod oracle;
#[cfg(any(test, feature = "proof"))]
pub mod proof;
pub mod role;
pub mod schema;
pub mod text;
pub mod translate;

pub use check::{Checker, Mention, Slices, check, mentions, permits_everybody};
pub use compile::{compile, rule};
pub use fault::{FaultReason, PolicyFault, Severity};
pub use text::PolicyText;
