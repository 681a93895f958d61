//! Additions to the standard registry: resources and prompts, and a second identity provider.
//!
//! | origin | offers | alice may list | and not read or get |
//! |---|---|---|---|
//! | documents | `handbook://page/1`, `…/2`, `handbook://secret/1`, `docs://index`, `docs://hidden`; two templates | `handbook://*`, `docs://index` | `handbook://secret/*` |
//! | documents | `summarise`, `leak` | `documents_summarise` | |
//! | tickets | `tickets://open/1`, `tickets://closed/1` | `tickets://open/*` | |
//! | tickets | `triage` | `triage` | of ticket 7 |

use serde_json::{Value, json};

use crate::weir::Setup;

/// All requests for input that an origin can make.
pub const INPUT_REQUESTS: [&str; 4] = ["elicitation_form", "elicitation_url", "sampling", "roots"];

/// The `iss` of a second identity provider.
pub const PARTNER: &str = "https://idp.partner.example";

impl Setup {
    /// Adds resources and prompts to `documents` and `tickets`; `support` exposes the ones in the table above.
    pub fn with_offers(self) -> Self {
        let pages = ["handbook://page/1", "handbook://page/2", "handbook://secret/1", "docs://index", "docs://hidden"];
        self.documents.offer("resources", pages.map(resource).into());
        let templates = ["handbook://page/{number}", "docs://{any}"];
        let template = |uri: &str| json!({ "uriTemplate": uri, "name": uri, "description": "Pages" });
        self.documents.offer("resourceTemplates", templates.map(template).into());
        self.documents.offer("prompts", json!([prompt("summarise", "topic"), prompt("leak", "all")]));
        self.tickets.offer("resources", ["tickets://open/1", "tickets://closed/1"].map(resource).into());
        self.tickets.offer("prompts", json!([prompt("triage", "ticket")]));
        self.replace(
            "gateway.toml",
            "tools = [\"documents_search\", \"tickets_find\", \"people_lookup\"]\n",
            "tools = [\"documents_search\", \"tickets_find\", \"people_lookup\"]\n\
             resources = [\"handbook://*\", \"docs://index\", \"tickets://open/*\"]\n\
             prompts = [\"documents_summarise\", \"triage\"]\n",
        )
        .replace(
            "origins/documents.toml",
            "risk = \"low\"\n",
            "risk = \"low\"\nresources = [\"handbook://*\", \"docs://index\"]\n",
        )
        .replace("origins/documents.toml", "[tools.search]", &format!("{DOCUMENTS_PROMPTS}[tools.search]"))
        .replace("origins/tickets.toml", "risk = \"low\"\n", "risk = \"low\"\nresources = [\"tickets://*\"]\n")
        .replace("origins/tickets.toml", "[tools.find]", &format!("{TICKETS_PROMPTS}[tools.find]"))
        .append("virtual-servers/support.toml", EXPOSED)
        .append("policies/limits.cedar", RULES)
    }

    /// Lets `origin` make these requests for input (`may_ask`).
    pub fn may_ask(self, origin: &str, requests: &[&str]) -> Self {
        let owner = |text: &str| format!("{text}owner = ");
        self.replace(&format!("origins/{origin}.toml"), &owner(""), &owner(&format!("may_ask = {requests:?}\n")))
    }

    /// Trusts the identity provider [`PARTNER`] too, whose users may be called as the corporate one's are.
    pub fn with_partner(self) -> Self {
        let issuer = format!(
            "\n[[issuers]]\nname = \"partner\"\nissuer = \"{PARTNER}\"\njwks_uri = \"{PARTNER}/jwks\"\n\
             algorithms = [\"ES256\"]\ngroups_claim = \"groups\"\n"
        );
        self.append("gateway.toml", &issuer)
    }

    /// Appends `text` to the file at `path`.
    #[track_caller]
    pub fn append(mut self, path: &str, text: &str) -> Self {
        self.folder.get_mut(path).unwrap_or_else(|| panic!("the folder should have `{path}`")).push_str(text);
        self
    }
}

const DOCUMENTS_PROMPTS: &str = "[prompts.summarise]
arguments = { topic = { type = \"string\", required = true } }

[prompts.leak]

";

const TICKETS_PROMPTS: &str = "[prompts.triage]
arguments = { ticket = \"string\" }

";

const EXPOSED: &str = r#"
[[resources]]
origin = "documents"
uri = "handbook://*"

[[resources]]
origin = "documents"
uri = "docs://index"
title = "The index"

[[resources]]
origin = "tickets"
uri = "tickets://open/*"

[[resources]]
origin = "tickets"
uri = "tickets://closed/*"

[[prompts]]
origin = "documents"
prompt = "summarise"

[[prompts]]
origin = "documents"
prompt = "leak"

[[prompts]]
origin = "tickets"
prompt = "triage"
name = "triage"
title = "Triage a ticket"
"#;

const RULES: &str = r#"
@id("no-secret-pages")
forbid (principal, action == Action::"read", resource == Resource::"handbook://*")
when { context.arguments.uri like "handbook://secret/*" };

@id("not-ticket-7")
forbid (principal, action == Action::"get", resource == Prompt::"triage")
when { context.arguments has ticket && context.arguments.ticket == "7" };
"#;

/// One item of a `resources/list` result.
pub fn resource(uri: &str) -> Value {
    json!({
        "uri": uri,
        "name": uri,
        "title": "As its origin calls it",
        "mimeType": "text/plain",
        "annotations": { "priority": 0.50 },
        "_meta": { "com.example/kept": [1, 2.50, "as it is"] },
    })
}

/// One item of a `prompts/list` result, with one argument.
pub fn prompt(name: &str, argument: &str) -> Value {
    let arguments = json!([{ "name": argument, "description": "What it is about", "required": false }]);
    json!({ "name": name, "title": name, "description": "Says something", "arguments": arguments })
}
