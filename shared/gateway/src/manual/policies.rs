//! Policies: what a Cedar policy can name and read, which one decides, and examples.
//!
//! Roles in *gateway.toml* permit: each becomes policies such as `role/reader/support/tool/documents_search`. Files in
//! `policies/` add conditions, in [Cedar](https://docs.cedarpolicy.com/). Nothing is permitted unless a policy permits
//! it, a `forbid` wins over every `permit`, and a policy that can't be evaluated refuses.
//!
//! ## What a policy names
//!
//! | type | id | is in |
//! |---|---|---|
//! | `User` | `ISSUER\|SUBJECT` | its `Group`s and its `Team` |
//! | `Service` | the client id of a client that acts for itself | the same |
//! | `Group`, `Team` | as in *gateway.toml* | |
//! | `Agent` | the OAuth client id | |
//! | `Tool`, `Prompt` | the exposed name | its `Origin` and its `VirtualServer` |
//! | `Resource` | the URI pattern | the same |
//! | `Action` | `list`; `call` (a tool), `read` (a resource), `get` (a prompt) | |
//!
//! ## What a policy reads
//!
//! | attribute | type | |
//! |---|---|---|
//! | `principal.issuer`, `.subject` | String | of a service: the gateway's URL, and its client id |
//! | `principal.team`, `.project`, `.tenant` | String | absent if there is none: test with `has` |
//! | `resource.name`, `.risk` | String | the risk is `low`, `medium` or `high` |
//! | `resource.data_classes` | Set of String | |
//! | `resource.read_only`, `.destructive`, `.idempotent` | Bool | as approved in the origin's file |
//! | `context.arguments.NAME` | as declared | of `call`, `read` (only `uri`) and `get`; test an optional one with `has` |
//! | `context.agent` | Agent | |
//! | `context.now` | datetime | UTC |
//! | `context.address` | ipaddr | absent behind a proxy that nobody named |
//! | `context.country` | String | where the host knows it |
//! | `context.authentication` | record | `acr` and `auth_time` may be absent; `amr` is a Set of String |
//!
//! `list` has no arguments, so a policy that reads them applies to `call`, `read` or `get` only. An argument that a
//! policy reads is declared in the origin's file with its type: `string`, `long`, `boolean` or a set of these. A call
//! without a required argument, or with another type, is refused.
//!
//! `@id("…")` names a policy in events, in refusals and in `weir explain`; without it the name is `FILE/0`, `FILE/1`,
//! … `@message("…")` of a `forbid` is read by the model that was refused.
//!
//! ## Examples
//!
//! ```cedar
//! @id("small-refunds")
//! @message("a refund of up to 500 needs no approval; for more, open a ticket")
//! forbid (principal, action == Action::"call", resource == Tool::"orders_refund")
//! when { context.arguments.amount > 500 };
//!
//! @id("interns-read-only")
//! forbid (principal in Group::"interns", action == Action::"call", resource)
//! unless { resource.read_only };
//!
//! @id("ci-has-no-customer-data")
//! forbid (principal, action, resource)
//! when { context.agent == Agent::"ci" && resource.data_classes.contains("customer") };
//!
//! @id("services-only-read")
//! forbid (principal is Service, action == Action::"call", resource)
//! unless { resource.read_only };
//!
//! @id("deletes-from-the-office")
//! forbid (principal, action == Action::"call", resource)
//! when { resource.destructive }
//! unless { context has address && context.address.isInRange(ip("10.0.0.0/8")) };
//!
//! @id("within-the-eu")
//! forbid (principal, action, resource in Origin::"crm")
//! unless { context has country && ["DE", "FR", "NL"].contains(context.country) };
//!
//! @id("office-hours")
//! forbid (principal, action == Action::"call", resource in Origin::"payments")
//! unless { context.now.toTime() >= duration("7h") && context.now.toTime() < duration("18h") };
//! ```
//!
//! `weir registry check` validates every policy against each tool, resource and prompt that it applies to, and bounds
//! its size and depth (`shared/policy-compiler/src/bounds.rs`). `weir explain` says who may do what, by which policy.
