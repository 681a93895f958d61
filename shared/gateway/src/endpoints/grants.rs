//! The pages where users give Weir grants of their own at third parties, see them, and revoke them.
//!
//! ```text
//! link of a refused call ─▶ GET /connect/ORIGIN ─▶ identity provider ─▶ /oauth/callback: is this the link's user?
//!    ─▶ third party's consent ─▶ GET /oauth/grants/callback/ORIGIN: the grant is kept
//! GET /me ─▶ identity provider ─▶ /oauth/callback ─▶ GET /me ─▶ POST /me revokes
//! ```
//!
//! Nobody is taken for a user because of a link. Each page asks the identity provider who is in the browser, which
//! usually knows without a question.

pub(in crate::endpoints) mod arrive;
pub(in crate::endpoints) mod callback;
pub(in crate::endpoints) mod connect;
pub(in crate::endpoints) mod me;
mod person;
mod session;
mod transaction;
