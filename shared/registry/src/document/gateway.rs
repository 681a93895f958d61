//! `gateway.toml`: issuers, clients, roles, groups and limits.
//!
//! ```toml
//! url = "https://mcp.example.com"                  # HOST; `http:` only where the host is loopback
//! require_dpop = false                             # true: every access token must be bound to a key (RFC 9449)
//! data_classes = ["public", "internal", "customer"]   # optional: the words that origins and policies may use
//!
//! [limits]
//! access_token_seconds = 600
//! requests_per_minute = 300                        # of one caller, besides permitted calls; counted by each isolate
//!
//! [[issuers]]
//! name = "corporate"
//! issuer = "https://idp.example.com"
//! jwks_uri = "https://idp.example.com/keys"
//! algorithms = ["ES256"]
//! groups_claim = "groups"                          # or a member of nested claims: "realm_access.roles"
//! tenant = "…"                                     # of an issuer with several: the only trusted one
//! aud_tenant = "…"                                 # the tenant that it knows this gateway as, if it names one
//! assertion_seconds = 300                          # longest lifetime of its ID-JAGs; 60 to 3,600
//! default_scopes = ["tools:list"]                  # of an ID-JAG without `scope`; by default it is refused
//! require_dpop = false                             # the same for users of this issuer alone
//! modes = ["id_jag"]                               # or "access_token": those that it mints for this gateway
//! audiences = { "api://weir" = "/mcp" }            # of its access tokens: `aud` values beside `https://HOST/mcp`
//! clients = { "0oa1B2c3" = "claude-code" }         # of its access tokens: its clients, and ours; only these then
//! groups_separator = " "                           # one text holds several groups; default: it is one group
//! group_names = { "9a7c…" = "support" }            # its groups, and ours; only these count then
//! default_groups = ["visitors"]                    # of users who are in no group; default none
//! team_claim = "department"                        # default: the groups decide
//! project_claim = "cost_center"
//!
//! [[clients]]
//! id = "claude-code"
//! title = "Claude Code"
//! secret_hashes = ["sha256:…"]                     # `weir client secret` makes one
//!
//! [[clients]]
//! id = "build-agent"
//! title = "Build agent"
//! jwks = '{"keys":[{"kty":"EC","crv":"P-256","kid":"2026-11","x":"…","y":"…"}]}'   # it signs: `private_key_jwt`
//!
//! [[clients]]                                      # a pinned client-id metadata document: it is never fetched
//! id = "https://claude.ai/oauth/mcp-oauth-client-metadata"
//! title = "Claude"
//! public = true                                    # no secret: PKCE and the redirect URI protect it
//! redirect_uris = ["https://claude.ai/api/mcp/auth_callback"]
//!
//! [[clients]]
//! id = "nightly-report"
//! title = "Nightly report"
//! secret_hashes = ["sha256:…"]
//! scopes = ["tools:list", "tools:call"]            # the most that its tokens may have; default all; of any client
//!
//! [clients.service]                                # it acts for itself, as `Service::"nightly-report"`
//! groups = ["reports"]                             # as below: roles, virtual server, team
//! team = "finance"                                 # default: decided by the groups
//! project = "closing"
//! access_token_seconds = 300                       # default: the gateway's own
//!
//! [sign_in]                                        # see `sign_in`: people sign in through a browser
//! issuer = "corporate"
//! client_id = "weir"
//!
//! [[roles]]
//! name = "support-reader"
//! tools = ["documents_search"]                     # exposed names
//! origins = []                                     # every tool of an origin
//! virtual_servers = []                             # every tool of a virtual server
//!
//! [[groups]]                                       # in order: the first match decides
//! name = "support"                                 # as the identity provider writes it
//! roles = ["support-reader"]
//! virtual_server = "support"
//! team = "support"
//! project = "helpdesk"
//!
//! [browser]
//! origins = ["https://inspector.example.com"]      # web origins that may call from a browser
//!
//! [development]
//! loopback_origins = true                          # `http:` and private addresses; only where `url` is loopback
//! ```

use crate::address::{self, Reach};
use crate::document::grant::{GroupDocument, RoleDocument};
use crate::document::service::ACCESS_TOKEN_SECONDS_BOUNDS;
use crate::document::sign_in::SignInDocument;
use crate::document::trust::{ClientDocument, IssuerDocument};
use crate::document::{LABEL, checked, keep_read};
use crate::fault::Faults;
use crate::snapshot::REQUESTS_PER_MINUTE;
use crate::source::{Located, Source};
use crate::table::{self, Rule, Table};

/// Default lifetime of an access token, seconds.
const ACCESS_TOKEN_SECONDS: u64 = 600;

/// 30, less than which a client can't open with, to 100,000, with which nothing is limited in practice.
const REQUESTS_PER_MINUTE_BOUNDS: (u64, u64) = (30, 100_000);

/// `gateway.toml`.
#[derive(Debug)]
pub struct GatewayDocument {
    /// The lists that were read completely.
    pub complete: Complete,
    /// The gateway's own address, `https://HOST[:PORT]`; empty if missing or invalid.
    pub url: String,
    /// The classes of data that origins and policies may name; any if empty.
    pub data_classes: Vec<Located<String>>,
    /// Lifetime of an access token, seconds; 60 to 3,600, default 600.
    pub access_token_seconds: u64,
    /// True if every access token must be bound to a key; default false.
    pub require_dpop: bool,
    /// Messages per caller and minute besides permitted calls; 30 to 100,000, default 300.
    pub requests_per_minute: u64,
    /// `[[issuers]]`, in file order.
    pub issuers: Vec<IssuerDocument>,
    /// `[[clients]]`, in file order.
    pub clients: Vec<ClientDocument>,
    /// `[[roles]]`, in file order.
    pub roles: Vec<RoleDocument>,
    /// `[[groups]]`, in file order, which decides between groups of one caller.
    pub groups: Vec<GroupDocument>,
    /// `[sign_in]`; `None` if it is absent or couldn't be read.
    pub sign_in: Option<SignInDocument>,
    /// True if there is no `[sign_in]` at all.
    pub is_sign_in_absent: bool,
    /// Web origins (RFC 6454) that may call from a browser, `https://HOST[:PORT]`.
    pub browser_origins: Vec<String>,
    /// `[development] loopback_origins`; true only if `url` is on loopback.
    pub loopback_origins: bool,
}

/// The lists of which every element could be read. A name may be missing from another list only because it couldn't be
/// read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Complete {
    /// True if all of `[[issuers]]` was read.
    pub issuers: bool,
    /// True if all of `[[clients]]` was read.
    pub clients: bool,
    /// True if all of `[[roles]]` was read.
    pub roles: bool,
    /// True if all of `[[groups]]` was read.
    pub groups: bool,
}

impl Default for GatewayDocument {
    fn default() -> Self {
        Self {
            complete: Complete::default(),
            url: String::new(),
            data_classes: Vec::new(),
            access_token_seconds: ACCESS_TOKEN_SECONDS,
            requests_per_minute: REQUESTS_PER_MINUTE,
            require_dpop: false,
            issuers: Vec::new(),
            clients: Vec::new(),
            roles: Vec::new(),
            groups: Vec::new(),
            sign_in: None,
            is_sign_in_absent: true,
            browser_origins: Vec::new(),
            loopback_origins: false,
        }
    }
}

impl GatewayDocument {
    /// The hosts that URLs of the folder may name.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        if self.loopback_origins { Reach::Local } else { Reach::Public }
    }

    /// Reads `gateway.toml`.
    pub fn read(source: &Source<'_>, faults: &mut Faults) -> Self {
        let mut document = Self::default();
        table::parse(source, faults, |table, faults| document.read_root(table, faults));
        document
    }

    fn read_root(&mut self, table: &mut Table<'_>, faults: &mut Faults) {
        let url = table.required_text("url", &Rule::ANY, faults);
        let url = url.and_then(|url| checked(&url, "url", address::parse_gateway, faults).map(|parsed| (url, parsed)));
        let loopback = url.as_ref().is_some_and(|(_, parsed)| address::is_loopback(parsed));
        self.url = url.map(|(written, _)| written.value).unwrap_or_default();

        self.require_dpop = table.flag("require_dpop", faults).is_some_and(|flag| flag.value);
        self.data_classes = table.texts("data_classes", &LABEL, faults);
        table.table("development", faults, |table, faults| {
            let Some(flag) = table.flag("loopback_origins", faults) else {
                return;
            };
            if flag.value && !loopback {
                let help = "a gateway that others can reach must not call into its own network";
                faults.error(&flag.place, "`loopback_origins` is only for a `url` on loopback", help.to_owned());
            }
            self.loopback_origins = flag.value && loopback;
        });
        let reach = self.reach();

        table.table("limits", faults, |table, faults| {
            if let Some(seconds) = table.number("access_token_seconds", ACCESS_TOKEN_SECONDS_BOUNDS, faults) {
                self.access_token_seconds = seconds.value;
            }
            if let Some(requests) = table.number("requests_per_minute", REQUESTS_PER_MINUTE_BOUNDS, faults) {
                self.requests_per_minute = requests.value;
            }
        });
        table.table("browser", faults, |table, faults| {
            for origin in table.texts("origins", &Rule::ANY, faults) {
                if checked(&origin, "origins", |text| address::parse_web_origin(text, reach), faults).is_some() {
                    self.browser_origins.push(origin.value);
                }
            }
        });
        self.is_sign_in_absent = table.is_absent("sign_in");
        let sign_in = table.table("sign_in", faults, |table, faults| SignInDocument::read(table, reach, faults));
        self.sign_in = sign_in.flatten();
        self.complete = Complete { issuers: true, clients: true, roles: true, groups: true };
        let issuers = table.tables("issuers", faults, |table, faults| IssuerDocument::read(table, reach, faults));
        self.issuers = keep_read(issuers, &mut self.complete.issuers);
        let clients = table.tables("clients", faults, ClientDocument::read);
        self.clients = keep_read(clients, &mut self.complete.clients);
        self.roles = keep_read(table.tables("roles", faults, RoleDocument::read), &mut self.complete.roles);
        self.groups = keep_read(table.tables("groups", faults, GroupDocument::read), &mut self.complete.groups);
    }
}
