//! The page after the answer: it leads back to the client by itself, and has a link.
//!
//! Browsers block a redirect after a form if it continues to a place that the form's page didn't name. A client's web
//! callback that opens a program does that. This page has no form, so nothing is blocked.

use super::destination::{Destination, Place};
use super::document::{Needs, Page, Width};
use super::html::Html;

/// The content of the page.
#[derive(Debug, Clone, Copy)]
pub struct Onward<'a> {
    /// The client's name.
    pub client: &'a str,
    /// The redirect URI with the parameters of the answer.
    pub destination: Destination<'a>,
    /// True if the person has allowed it.
    pub allowed: bool,
}

impl Onward<'_> {
    /// The page.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut title = Html::new();
        title.markup("Back to ").name(self.client);
        let mut main = Html::new();
        main.markup("<section class=\"card stack\" aria-labelledby=\"on\"><h1 id=\"on\">");
        main.markup(match self.allowed {
            true => "<span class=\"ok\" aria-hidden=\"true\">✓</span> Allowed</h1>",
            false => "Cancelled: nothing was granted</h1>",
        });
        main.markup("<p>Going back to ").name(self.client);
        main.markup(match self.destination.place() {
            Place::Site(_) => ".",
            Place::Loopback(_) | Place::Program(_) => " on this computer. You can close this page when it says so.",
        });
        main.markup("</p><p><a href=\"")
            .text(self.destination.uri())
            .markup("\">Go there now</a> if nothing happens.</p>");
        main.markup("</section>");
        Page::new(&title, Width::Narrow, &main, Needs { form: None, refresh: Some(&self.destination) })
    }
}
