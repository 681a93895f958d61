//! The page for a request of a browser that failed.

use audit::time::rfc3339;
use ports::Timestamp;

use super::document::{Needs, Page, Width};
use super::html::Html;

/// The content of the page. No member is a parameter of the request: the author of a link could put words into our
/// mouth.
#[derive(Debug, Clone, Copy)]
pub struct ErrorPage<'a> {
    /// The outcome, in some words: "Sign-in did not finish".
    pub title: &'static str,
    /// The fault and the party that caused it, in one or two sentences.
    pub happened: &'a str,
    /// The next step for the person.
    pub help: &'a str,
    /// The audit event, if there is one.
    pub event: Option<&'a str>,
    /// The stable reason code.
    pub reason: &'a str,
    /// The time.
    pub at: Timestamp,
}

impl ErrorPage<'_> {
    /// The page.
    #[must_use]
    pub fn page(&self) -> Page {
        let (mut title, mut main) = (Html::new(), Html::new());
        title.markup(self.title);
        main.markup("<section class=\"card stack\" aria-labelledby=\"er\"><h1 id=\"er\">");
        main.markup("<span class=\"bad\" aria-hidden=\"true\">!</span> ").markup(self.title).markup("</h1><p>");
        main.text(self.happened).markup("</p><p>").text(self.help).markup("</p>");
        main.markup("<p class=\"dim\">If it fails again, tell the people who run this gateway:</p>");
        main.markup("<pre class=\"copy\" tabindex=\"0\">");
        if let Some(event) = self.event {
            main.text(event).markup(" · ");
        }
        main.text(&rfc3339(self.at.millis())).markup(" · ").text(self.reason).markup("</pre></section>");
        Page::new(&title, Width::Narrow, &main, Needs::default())
    }
}
