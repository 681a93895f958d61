//! The question whether a client may act for a person.
//!
//! Weir has one client id at the identity provider, which therefore asks once for all clients or never. Without this
//! page any registered client would get a code for the person who is signed in (MCP security guide, "confused deputy").

use super::destination::{Destination, Place};
use super::document::{Needs, Page, Width};
use super::html::Html;

/// The content of the page.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'a> {
    /// The client's name, as it or the registry states it.
    pub client: &'a str,
    /// The reason to believe that name, if there is one.
    pub proof: Proof<'a>,
    /// The redirect URI of the request, which belongs to the client.
    pub destination: Destination<'a>,
    /// The person who has signed in: an e-mail address, a name, or the subject.
    pub person: &'a str,
    /// The host of the identity provider that has signed the person in.
    pub identity_provider: &'a str,
    /// The virtual server's name, or the gateway's host.
    pub service: &'a str,
    /// The scopes that the client would get.
    pub scopes: &'a [String],
    /// The items that the person may use there, if they are known.
    pub offers: Option<Offers>,
    /// The time without use after which the grant ends, seconds; `None` if it ends with its access token.
    pub idle_seconds: Option<u64>,
    /// The path that takes the answer: a POST with `transaction`, and `answer`, which is `allow` or `cancel`.
    pub action: &'static str,
    /// The sealed state of this sign-in, which the form sends back.
    pub transaction: &'a str,
}

/// The reason to believe a client's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// Its metadata document, read over TLS from this host.
    Document {
        /// The host.
        host: &'a str,
    },
    /// The registry of this gateway names it.
    Registry,
    /// Nothing: it registered itself under a name of its choice.
    Nothing,
}

/// The number of items that a person may use in a virtual server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offers {
    /// Tools.
    pub tools: u64,
    /// Resources, and patterns of them.
    pub resources: u64,
    /// Prompts.
    pub prompts: u64,
}

impl Consent<'_> {
    /// The page.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut title = Html::new();
        title.markup("Allow ").name(self.client).markup("?");
        let mut main = Html::new();
        main.markup("<section class=\"card stack\" aria-labelledby=\"q\"><h1 id=\"q\">Allow <em>").name(self.client);
        main.markup("</em> to use ")
            .name(self.service)
            .markup(" as you?</h1><p class=\"dim\">You are signed in as <b>");
        main.name(self.person).markup("</b>. Not you? Cancel, then sign out at ").name(self.identity_provider);
        main.markup(".</p>");
        if self.proof == Proof::Nothing {
            main.markup(
                "<div class=\"box\"><b><span aria-hidden=\"true\">!</span> Nobody vouches for this name.</b> Go on only \
                 if you started this sign-in yourself, on this computer, a moment ago.</div>",
            );
        }
        self.facts(&mut main);
        self.abilities(&mut main);
        main.markup(
            "<p class=\"sm dim\">Never more than you may do yourself. Every call is recorded under your name. ",
        );
        match self.idle_seconds {
            None => main.markup("It ends with the client’s next access token."),
            Some(seconds) => {
                let (count, unit) = match seconds {
                    0..3_600 => (seconds.div_ceil(60), " min"),
                    3_600..172_800 => (seconds / 3_600, " h"),
                    _ => (seconds / 86_400, " days"),
                };
                main.markup("It ends after ").number(count).markup(unit).markup(" without use.")
            }
        };
        main.markup("</p><form class=\"act\" method=\"post\" action=\"").markup(self.action);
        main.markup("\"><input type=\"hidden\" name=\"transaction\" value=\"").text(self.transaction);
        main.markup("\"><button name=\"answer\" value=\"allow\">Allow</button>");
        main.markup("<button class=\"q\" name=\"answer\" value=\"cancel\">Cancel</button></form>");
        main.markup("<details><summary>Exact scopes and address</summary><pre tabindex=\"0\">");
        main.text(&self.scopes.join(" "))
            .markup("\n")
            .text(self.destination.uri())
            .markup("</pre></details></section>");
        Page::new(&title, Width::Narrow, &main, Needs { form: Some(&self.destination), refresh: None })
    }

    /// The client and the place that it sends the person to.
    fn facts(&self, main: &mut Html) {
        main.markup("<dl class=\"kv\"><dt>Program</dt><dd>").name(self.client).markup("<span class=\"sub\">");
        const PROVEN: &str = "<span class=\"ok\"><span aria-hidden=\"true\">✓</span> Proven</span>: ";
        const UNPROVEN: &str = "<span class=\"warn\"><span aria-hidden=\"true\">!</span> Not proven</span>: ";
        match self.proof {
            Proof::Document { host } => {
                main.markup(PROVEN).markup("described at ").name(host).markup(", over a secure connection")
            }
            Proof::Registry => main.markup(PROVEN).markup("known to those who run this gateway"),
            Proof::Nothing => main.markup(UNPROVEN).markup("it chose this name itself"),
        };
        main.markup("</span></dd><dt>Sends you to</dt><dd><code>");
        match self.destination.place() {
            Place::Loopback(host) => {
                main.text(host).markup("</code><span class=\"sub\">a program on this computer</span>");
            }
            Place::Program(scheme) => {
                main.text(scheme)
                    .markup(":</code><span class=\"sub\">a program on this computer that opens such links");
                main.markup("</span>");
            }
            Place::Site(site) => {
                main.text(site).markup("</code><span class=\"sub\">");
                match self.proof {
                    Proof::Document { host } if host != site => main.markup(
                        "<span class=\"warn\"><span aria-hidden=\"true\">!</span> Another site</span> than the one that \
                         describes the program",
                    ),
                    _ => main.markup("a web site"),
                };
                main.markup("</span>");
            }
        }
        main.markup("</dd></dl>");
    }

    /// The scopes in plain words; a scope without words is shown as it is.
    fn abilities(&self, main: &mut Html) {
        main.markup("<div><h2>It will be able to</h2><ul class=\"list\">");
        let offers = self.offers;
        for scope in self.scopes {
            main.markup("<li>");
            match scope.as_str() {
                "tools:list" => main.markup("See which tools you may use"),
                "tools:call" => {
                    main.markup("Call these tools in your name");
                    counted(
                        main,
                        offers.map(|offers| offers.tools),
                        "<span class=\"sub\">1 tool</span>",
                        " tools</span>",
                    )
                }
                "resources:read" => {
                    main.markup("Find and read documents and other resources");
                    let one = "<span class=\"sub\">1 address or pattern of addresses</span>";
                    counted(
                        main,
                        offers.map(|offers| offers.resources),
                        one,
                        " addresses or patterns of addresses</span>",
                    )
                }
                "prompts:get" => {
                    main.markup("Get prepared prompts");
                    let prompts = offers.map(|offers| offers.prompts);
                    counted(main, prompts, "<span class=\"sub\">1 prompt</span>", " prompts</span>")
                }
                other => main.markup("<code>").text(other).markup("</code>"),
            };
            main.markup("</li>");
        }
        main.markup("</ul></div>");
    }
}

/// Appends a count in words, if it is known.
fn counted<'h>(main: &'h mut Html, count: Option<u64>, one: &'static str, many: &'static str) -> &'h mut Html {
    match count {
        None => main,
        Some(1) => main.markup(one),
        Some(count) => main.markup("<span class=\"sub\">").number(count).markup(many),
    }
}
