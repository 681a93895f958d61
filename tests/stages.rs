//! The stage suite: one module per stage of the line, the same tests on every target (`TARGET`, see `harness::target`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of this program is tests; clippy's own exception ends at their helper functions"
)]

mod admit;
mod announce;
mod audit;
mod authenticate;
mod authorize;
mod books;
mod circuit;
mod completion;
mod composition;
mod connect;
mod deep_policies;
mod discovery;
mod dpop;
mod fan_out;
mod filter;
mod forward;
mod freeze;
mod guard;
mod health;
mod id_jag_vectors;
mod input_requests;
mod isolation;
mod issuer_keys;
mod legacy;
mod listen;
mod lists;
mod membership;
mod official_client;
mod outbound;
mod parameter_headers;
mod parse;
mod prompts;
mod provider_tokens;
mod public;
mod receive;
mod refused_calls;
mod registry_folder;
mod registry_records;
mod registry_rollback;
mod reset;
mod resolve;
mod resources;
mod respond;
mod rotation;
mod services;
mod sign_in;
mod spin;
mod streaming;
mod tasks;
mod token_endpoint;
mod user_agent;
mod vault;
