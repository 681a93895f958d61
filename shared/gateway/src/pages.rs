//! The pages that people see in a browser: pure functions from a struct to a whole HTML document.
//!
//! | page | where |
//! |---|---|
//! | [`Connect`] | `GET /mcp` in a browser: what the address is, and how to add it to a client |
//! | [`Consent`] | the question whether a client may act for the person who has just signed in |
//! | [`Onward`] | the answer to it: leads to the client's redirect URI |
//! | [`Connected`] | a grant at a third party was given |
//! | [`Me`] | `/me`: the grants of the person who is signed in |
//! | [`ErrorPage`] | a sign-in that did not finish |
//!
//! No page has a script, loads anything, can be framed, is kept by a cache, or names itself to another site. Its style
//! is inline and allowed by its digest, so a page needs no second request and no random nonce. Everything that others
//! have written is escaped by the writer, [`Html`].

mod connect;
mod consent;
mod destination;
mod document;
mod error;
mod grants;
mod html;
mod onward;

pub use connect::{Connect, Health, SignIn};
pub use consent::{Consent, Offers, Proof};
pub use destination::Destination;
pub use document::{Page, Width};
pub use error::ErrorPage;
pub use grants::{Connected, Me, ShownGrant};
pub use html::Html;
pub use onward::Onward;

#[cfg(test)]
mod tests;
