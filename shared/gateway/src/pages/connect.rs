//! The page for a person who opens the address of an MCP endpoint in a browser.

use serde_json::json;

use super::document::{Needs, Page, Width};
use super::html::Html;

/// The name for `/mcp` in the commands, since it has no name of its own.
const USUAL_NAME: &str = "weir";

/// The content of the page. It is the same for everybody, and for a virtual server that doesn't exist: so nobody can
/// probe for names.
#[derive(Debug, Clone, Copy)]
pub struct Connect<'a> {
    /// The gateway's own address, `https://HOST[:PORT]`.
    pub gateway: &'a str,
    /// The URL of the endpoint, which clients are given.
    pub url: &'a str,
    /// The virtual server that the path names; `None` for `/mcp`.
    pub name: Option<&'a str>,
    /// The way in for people.
    pub sign_in: SignIn,
    /// The state of the gateway.
    pub health: Health,
}

/// The way in for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// In a browser: any client can.
    Browser,
    /// By an assertion of the identity provider (ID-JAG): only a client that asks for one can.
    Managed,
}

/// The state of the gateway, as `GET /healthz` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing is missing.
    Ok,
    /// Calls are served, but not all of them, or not for long.
    Degraded,
    /// No call is served.
    Fault,
}

/// A client, where its line belongs, and the line.
struct Client {
    name: &'static str,
    place: &'static str,
    line: String,
}

impl Connect<'_> {
    /// The page.
    #[must_use]
    pub fn page(&self) -> Page {
        let host = self.gateway.split_once("//").map_or(self.gateway, |(_, host)| host);
        let service = self.name.unwrap_or(host);
        let (mut title, mut main) = (Html::new(), Html::new());
        title.name(service);
        main.markup("<div class=\"hero\"><p class=\"sm\">").markup(match self.health {
            Health::Ok => "<span class=\"ok\"><span aria-hidden=\"true\">✓</span> Well</span>",
            Health::Degraded => {
                "<span class=\"warn\"><span aria-hidden=\"true\">!</span> Serves, with something missing</span>"
            }
            Health::Fault => "<span class=\"bad\"><span aria-hidden=\"true\">⊘</span> Does not serve now</span>",
        });
        main.markup("</p><h1>")
            .name(service)
            .markup("</h1><p>This address is for programs. Add it to your assistant, and it can use the ");
        main.markup("tools behind it in your name, as far as you may use them yourself. ").markup(match self.sign_in {
            SignIn::Browser => "You sign in once, in the browser.",
            SignIn::Managed => {
                "This gateway has no sign-in page: a client that your organisation manages signs in by itself \
                 (enterprise-managed authorization), and any other needs an access token."
            }
        });
        main.markup("</p></div><section class=\"card stack\" aria-labelledby=\"ad\"><h2 id=\"ad\">Address</h2>");
        main.markup("<pre class=\"copy\" tabindex=\"0\">").text(self.url).markup("</pre>");
        main.markup("<p class=\"dim sm\">One click selects the whole line.</p></section>");
        main.markup("<section class=\"stack\" aria-labelledby=\"cl\"><h2 id=\"cl\">Add it to your client</h2>");
        main.markup("<div class=\"two\">");
        for client in self.clients() {
            main.markup("<div class=\"card stack\"><div><h3>").markup(client.name).markup("</h3><p class=\"dim sm\">");
            main.markup(client.place).markup("</p></div><pre class=\"copy\" tabindex=\"0\">").text(&client.line);
            main.markup("</pre></div>");
        }
        main.markup("</div></section>");
        self.help(&mut main);
        Page::new(&title, Width::Wide, &main, Needs::default())
    }

    /// The clients. Each command is that of the client's own help, except for the name and the URL.
    fn clients(&self) -> [Client; 9] {
        let (name, url) = (self.name.unwrap_or(USUAL_NAME), self.url);
        let signs_in = self.sign_in == SignIn::Browser;
        let then = |with: &'static str| if signs_in { with } else { "In a terminal" };
        let client = |name, place, line| Client { name, place, line };
        [
            client(
                "Claude Code",
                then("In a terminal; sign in with /mcp"),
                format!("claude mcp add --transport http {name} {url}"),
            ),
            client(
                "VS Code",
                "In a terminal",
                format!("code --add-mcp '{}'", json!({ "name": name, "type": "http", "url": url })),
            ),
            client("Cursor", "In ~/.cursor/mcp.json", json!({ "mcpServers": { name: { "url": url } } }).to_string()),
            client("Codex", "In a terminal", format!("codex mcp add {name} --url {url}")),
            client("GitHub Copilot", "In a terminal", format!("copilot mcp add --transport http {name} {url}")),
            client("Gemini", "In a terminal", format!("gemini mcp add --transport http {name} {url}")),
            client(
                "opencode",
                then("In opencode.json; sign in with opencode mcp auth"),
                json!({ "mcp": { name: { "type": "remote", "url": url } } }).to_string(),
            ),
            client(
                "MCP Inspector",
                "In a terminal",
                format!("npx -y @modelcontextprotocol/inspector --transport http --server-url {url}"),
            ),
            client("Any other", "A client that speaks stdio only", format!("npx -y mcp-remote {url}")),
        ]
    }

    fn help(&self, main: &mut Html) {
        main.markup("<section class=\"card stack\" aria-labelledby=\"hp\"><h2 id=\"hp\">If it doesn’t work</h2><dl class=\"kv\">");
        main.markup(match self.sign_in {
            SignIn::Browser => "<dt>No sign-in appears</dt><dd>Restart the client; it asks at the first call.</dd>",
            SignIn::Managed => {
                "<dt>The client wants to sign in</dt><dd>It has to ask your identity provider for an assertion. Ask those \
                 who run this gateway which clients are set up.</dd>"
            }
        });
        main.markup(
            "<dt>“Not permitted”</dt><dd>Your groups decide what you may use. The message names the rule.</dd>",
        );
        main.markup(
            "<dt>A tool is missing</dt><dd>Its server doesn’t answer or is in quarantine; the others work.</dd>",
        );
        main.markup("</dl></section>");
    }
}
