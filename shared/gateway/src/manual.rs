//! The manual: what the code can't say of itself.
//!
//! To run Weir:
//!
//! - [`deployment`]: Cloudflare Workers, Spin on one machine, several replicas, Kubernetes.
//! - [`operating`]: health, renewal, a CI job, staging, upgrade, rollback, backup, residency.
//! - [`keys`]: the sets of keys that a deployment has, and how one is rotated.
//! - [`registry_folder`]: the approved origins, virtual servers, roles and policies, as files in git.
//! - [`policies`]: what a policy can name and read, with examples.
//! - `docs/settings.md`: every setting of a registry folder.
//! - [`credentials`]: how Weir authenticates to the servers behind it.
//! - [`grants`]: origins where each user has an account of their own.
//! - [`ways_in`]: ID-JAG, browser, access tokens of the identity provider, services; and claims to groups and teams.
//! - [`okta`], [`entra_id`], [`keycloak`], [`google_workspace`], [`other_providers`]: pages for identity providers.
//! - [`sign_in`]: people who sign in through a browser, for clients that know only the gateway's URL.
//! - [`origin_owners`]: for the teams that run origins: approval, headers, signed identity, outages.
//! - [`glossary`]: the words.
//!
//! To judge Weir:
//!
//! - [`threats`]: common failures of gateways, the code that prevents each one, and the test that proves it.
//! - [`bridging`]: what of MCP passes between clients and origins of the two eras, feature by feature.
//! - [`platforms`]: every touchpoint with a host, what it guarantees, and how each failure looks.
//!
//! To change Weir:
//!
//! - [`contributing`]: the code, its tests, and how to add a host, a credential, a guard, an endpoint, a page.
//! - [`decisions`]: why things are as they are.

pub mod bridging;
pub mod contributing;
pub mod credentials;
pub mod decisions;
pub mod deployment;
pub mod entra_id;
pub mod glossary;
pub mod google_workspace;
pub mod grants;
pub mod keycloak;
pub mod keys;
pub mod okta;
pub mod operating;
pub mod origin_owners;
pub mod other_providers;
pub mod platforms;
pub mod policies;
pub mod registry_folder;
pub mod sign_in;
pub mod threats;
pub mod ways_in;
