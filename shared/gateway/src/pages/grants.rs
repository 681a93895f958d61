//! The pages about grants at third parties: the confirmation of a new one, and `/me`, which lists and revokes them.

use audit::time::rfc3339;

use super::destination::Destination;
use super::document::{Needs, Page, Width};
use super::html::Html;

/// The page after a consent at a third party.
#[derive(Debug, Clone, Copy)]
pub struct Connected<'a> {
    /// The origin's name.
    pub origin: &'a str,
    /// The third party's issuer identifier.
    pub issuer: &'a str,
}

impl Connected<'_> {
    /// Returns the page as HTML.
    #[must_use]
    pub fn page(&self) -> Page {
        let (mut title, mut main) = (Html::new(), Html::new());
        title.name(self.origin).markup(" is connected");
        main.markup("<section class=\"card stack\" aria-labelledby=\"co\"><h1 id=\"co\">");
        main.markup("<span class=\"ok\" aria-hidden=\"true\">✓</span> ").name(self.origin);
        main.markup(" is connected</h1><p>Your account at <b>").name(self.issuer);
        main.markup(
            "</b> is now used for your own calls, and for nobody else’s. Go back to your program and let it try ",
        );
        main.markup("again.</p><p><a href=\"/me\">See and revoke your connected accounts</a></p></section>");
        Page::new(&title, Width::Narrow, &main, Needs::default())
    }
}

/// One grant as the page shows it.
#[derive(Debug, Clone)]
pub struct ShownGrant {
    /// The origin's name.
    pub origin: String,
    /// The third party's issuer identifier.
    pub issuer: String,
    /// The granted scopes.
    pub scope: Vec<String>,
    /// The time of the grant, Unix seconds.
    pub since: u64,
    /// The time of its last tokens, Unix seconds.
    pub renewed_at: u64,
    /// The hidden field `proof`, bound to the session and the origin.
    pub proof: String,
}

/// `/me`: the grants of the person who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Me<'a> {
    /// The person.
    pub person: &'a str,
    /// The absolute URL of `/me`, the only address that its forms may be sent to.
    pub own: &'a str,
    /// The grants, by origin.
    pub grants: &'a [ShownGrant],
    /// The origin of the grant that was just revoked, and true if the third party confirmed its end.
    pub revoked: Option<(&'a str, bool)>,
}

impl Me<'_> {
    /// Returns the page as HTML.
    #[must_use]
    pub fn page(&self) -> Page {
        let (mut title, mut main) = (Html::new(), Html::new());
        title.markup("Connected accounts");
        main.markup("<section class=\"card stack\" aria-labelledby=\"me\"><h1 id=\"me\">Connected accounts</h1>");
        main.markup("<p class=\"dim\">You are signed in as <b>").name(self.person).markup("</b>.</p>");
        if let Some((origin, is_told)) = self.revoked {
            main.markup("<p role=\"status\"><span class=\"ok\" aria-hidden=\"true\">✓</span> ").name(origin);
            main.markup(match is_told {
                true => " is no longer connected.",
                false => " is no longer connected here. Its server did not confirm it: end the access there, too.",
            });
            main.markup(" Calls that are under way may use it for up to five minutes.</p>");
        }
        if self.grants.is_empty() {
            main.markup("<p>No account is connected. Your program shows a link when a tool needs one.</p>");
        } else {
            main.markup("<ul class=\"list\">");
            self.grants.iter().for_each(|grant| row(&mut main, grant));
            main.markup("</ul>");
        }
        main.markup("</section>");
        let own = Destination::read(self.own);
        Page::new(&title, Width::Narrow, &main, Needs { form: own.as_ref(), refresh: None })
    }
}

fn row(main: &mut Html, grant: &ShownGrant) {
    main.markup("<li><b>").name(&grant.origin).markup("</b><span class=\"sub\">at ").name(&grant.issuer);
    if !grant.scope.is_empty() {
        main.markup(" · <code>").text(&grant.scope.join(" ")).markup("</code>");
    }
    main.markup(" · since ").text(&rfc3339(grant.since.saturating_mul(1000)));
    main.markup(" · last renewed ").text(&rfc3339(grant.renewed_at.saturating_mul(1000)));
    main.markup(
        "</span><form class=\"act\" method=\"post\" action=\"/me\"><input type=\"hidden\" name=\"origin\" value=\"",
    );
    main.text(&grant.origin).markup("\"><input type=\"hidden\" name=\"proof\" value=\"").text(&grant.proof);
    main.markup("\"><button class=\"q\">Revoke <span class=\"vh\">")
        .text(&grant.origin)
        .markup("</span></button></form></li>");
}
