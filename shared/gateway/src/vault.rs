//! The vault: grants that users have given Weir at third parties, the authorization servers of origins with
//! `credential = { type = "vault" }`.
//!
//! ```text
//! a call without a grant ─▶ link ─▶ browser: sign-in, then consent at the third party ─▶ grant
//! a call with one        ─▶ isolate's memory, else the grant's token, else one refresh ─▶ origin
//! ```
//!
//! | file | has |
//! |---|---|
//! | `grant` | the record of one user and origin, and of the origins of a user, in the `VersionedStore` |
//! | `refresh` | the access token of a grant, renewed in one flight across isolates |
//! | `server` | the third party: its metadata, and the requests to it |
//! | `client` | Weir's client there: of the registry, by a metadata document, or registered once |
//! | `store` | reads and compare-and-set of such records |
//! | `link` | the sealed link to the page where a user gives a grant |

pub(crate) mod client;
pub(crate) mod grant;
pub(crate) mod link;
pub(crate) mod refresh;
pub(crate) mod server;
pub(crate) mod store;
