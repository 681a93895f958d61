//! Policy: the decision about one request, from the forms of policies in a record.
//!
//! The publisher parses and validates Cedar policies (`policy-compiler`) and writes them as [`form`]s. The gateway
//! reads these and evaluates them with Cedar's semantics; it has no parser, no schema and no Cedar.
//!
//! # Scope
//!
//! - [`record`]: the policies of a virtual server's record, read one by one when they are needed;
//! - [`ToolPolicies::new`]: the policies and the entity of one tool, resource or prompt, once per isolate;
//! - [`decide`]: one pure decision per request;
//! - [`evaluator`]: the values of expressions.
//!
//! Out of scope: authentication (`oauth`), reading and verifying policies and declarations, and quarantine
//! (`registry`), responses to refused callers (`gateway`), detection in the content of arguments (`guard`).
//!
//! # Rules
//!
//! - Nothing is permitted unless a policy permits it, and a `forbid` wins over any permit.
//! - Length, depth and size of a form are bounded: a deep condition would overflow the stack.
//! - A policy that can't be evaluated refuses. Cedar's authorizer would skip it, and a skipped `forbid` permits.
//! - A request that doesn't fit the declaration is refused before any policy is evaluated
//!   ([`RefusalReason::InvalidRequest`]).
//! - Arguments are plain values of their declared types ([`request::arguments`]); policies can't read undeclared ones.

pub mod decision;
pub mod declaration;
pub mod entities;
pub mod evaluator;
pub mod expression;
pub mod extension;
pub mod form;
mod listing;
pub mod pattern;
pub mod record;
pub mod request;
pub mod rule;
pub mod tool_policies;
pub mod type_names;
mod usable;
pub mod value;
mod visible;

pub use decision::{Decision, RefusalReason, decide};
pub use declaration::{ArgumentDeclaration, ArgumentType, Declaration, Kind};
pub use request::{Action, Arguments, ArgumentsError, Circumstances, Principal, PrincipalKind, Unfit};
pub use rule::{Policy, Rule};
pub use tool_policies::ToolPolicies;
