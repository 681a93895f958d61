//! `[sign_in]` of `gateway.toml`: people sign in through a browser at the corporate identity provider.
//!
//! ```toml
//! [sign_in]
//! issuer = "corporate"                             # the name of one of [[issuers]]
//! client_id = "weir"                               # Weir's client at that identity provider
//! client_authentication = "client_secret_basic"    # or `client_secret_post`, `none`; the secret is SIGN_IN_CLIENT_SECRET
//! scopes = ["openid", "email", "offline_access"]   # asked of the identity provider
//! registration = false                             # dynamic client registration (RFC 7591)
//! client_hosts = ["claude.ai", "vscode.dev"]       # hosts of client-id metadata documents
//! redirect_uris = ["cursor://anysphere.cursor-mcp/oauth/callback"]   # of private-use schemes, for any client
//! idle_seconds = 28800                             # a sign-in ends after this time without a refresh
//! longest_seconds = 2592000                        # and in any case after this time
//! authorization_endpoint = "https://idp.example.com/authorize"       # both or neither: else they are discovered
//! token_endpoint = "https://idp.example.com/token"
//! ```

use oauth::client_metadata::document_host;
use oauth::openid_token_request::Method;
use oauth::redirect_uri::is_private_use;
use oauth::scope;
use url::Url;

use crate::address::{self, Reach};
use crate::document::{LABEL, NAME, checked};
use crate::fault::Faults;
use crate::source::{Located, values};
use crate::table::{Rule, Table};

/// The hosts whose client-id metadata documents are fetched by default: Claude and Claude Code, Codex, VS Code,
/// opencode. A closed list: an anonymous caller can't choose what the gateway fetches, and no unknown program can ask
/// people for consent.
const CLIENT_HOSTS: [&str; 4] = ["claude.ai", "chatgpt.com", "vscode.dev", "opencode.ai"];

/// The scopes that are asked of the identity provider by default. Without a refresh token of its own, Weir gives none.
const SCOPES: [&str; 3] = ["openid", "email", "offline_access"];

/// 5 min to 30 days; the default is a working day.
const IDLE_SECONDS: (u64, u64, u64) = (300, 28_800, 2_592_000);

/// 1 h to 90 days; the default is 30 days.
const LONGEST_SECONDS: (u64, u64, u64) = (3_600, 2_592_000, 7_776_000);

const METHOD: Rule = Rule {
    holds: |text| Method::parse(text).is_some(),
    says: "be `client_secret_basic`, `client_secret_post` or `none`",
};

const SCOPE: Rule = Rule {
    holds: |text| scope::parse(text).is_ok_and(|scopes| scopes.len() == 1),
    says: "be one scope (RFC 6749 §3.3)",
};

const CLIENT_HOST: Rule = Rule {
    holds: |host| document_host(&format!("https://{host}/a")) == Some(host),
    says: "be a DNS name in lower case, without scheme, port and path",
};

const PRIVATE_USE: Rule = Rule {
    holds: is_private_use,
    says: "be a URI of a private-use scheme, such as `cursor://…`; others need no entry here",
};

/// `[sign_in]`.
#[derive(Debug)]
pub struct SignInDocument {
    /// The name of the issuer.
    pub issuer: Located<String>,
    /// Weir's client id at the identity provider.
    pub client_id: String,
    /// Weir's client authentication there; default `client_secret_basic`.
    pub client_authentication: Method,
    /// The scopes asked of the identity provider; `openid` among them.
    pub scopes: Vec<String>,
    /// URL of the authorization endpoint; discovered if absent.
    pub authorization_endpoint: Option<String>,
    /// URL of the token endpoint; discovered if absent.
    pub token_endpoint: Option<String>,
    /// True if clients may register themselves; default false.
    pub registration: bool,
    /// Hosts of client-id metadata documents.
    pub client_hosts: Vec<String>,
    /// Redirect URIs of private-use schemes that any client may have.
    pub redirect_uris: Vec<String>,
    /// The time without a refresh after which a sign-in ends, seconds.
    pub idle_seconds: u64,
    /// The time after which a sign-in ends in any case, seconds.
    pub longest_seconds: u64,
}

impl SignInDocument {
    pub(crate) fn read(table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> Option<Self> {
        table.explain_unknown(
            |key| key.contains("secret"),
            "the secret is the gateway's secret `SIGN_IN_CLIENT_SECRET`, never in the registry".to_owned(),
        );
        let issuer = table.required_text("issuer", &NAME, faults);
        let client_id = table.required_text("client_id", &LABEL, faults);
        let method = table.text("client_authentication", &METHOD, faults);
        let scopes = scopes(table, faults);
        let (authorization_endpoint, token_endpoint) = endpoints(table, reach, faults);
        let registration = table.flag("registration", faults).is_some_and(|flag| flag.value);
        let default_hosts = table.is_absent("client_hosts");
        let mut client_hosts = values(&table.texts("client_hosts", &CLIENT_HOST, faults));
        if default_hosts {
            client_hosts = CLIENT_HOSTS.map(str::to_owned).into();
        }
        let redirect_uris = values(&table.texts("redirect_uris", &PRIVATE_USE, faults));
        let mut seconds =
            |key, (least, usual, most)| table.number(key, (least, most), faults).map_or(usual, |written| written.value);
        let (idle_seconds, longest_seconds) =
            (seconds("idle_seconds", IDLE_SECONDS), seconds("longest_seconds", LONGEST_SECONDS));
        Some(Self {
            issuer: issuer?,
            client_id: client_id?.value,
            client_authentication: method.and_then(|name| Method::parse(&name.value)).unwrap_or(Method::Basic),
            scopes,
            authorization_endpoint,
            token_endpoint,
            registration,
            client_hosts,
            redirect_uris,
            idle_seconds,
            longest_seconds,
        })
    }
}

fn scopes(table: &mut Table<'_>, faults: &mut Faults) -> Vec<String> {
    if table.is_absent("scopes") {
        return SCOPES.map(str::to_owned).into();
    }
    let scopes = table.texts("scopes", &SCOPE, faults);
    if !scopes.iter().any(|scope| scope.value == "openid") {
        let help = "add `openid`: without it the identity provider returns no ID token".to_owned();
        faults.error(table.place(), "`scopes` lacks `openid`", help);
    }
    values(&scopes)
}

fn endpoints(table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> (Option<String>, Option<String>) {
    let given = [table.is_absent("authorization_endpoint"), table.is_absent("token_endpoint")];
    let mut url = |key| {
        let written = table.text(key, &Rule::ANY, faults)?;
        checked(&written, key, |text| address::parse(text, reach), faults).map(Url::into)
    };
    let found = (url("authorization_endpoint"), url("token_endpoint"));
    if given[0] != given[1] {
        let help = "write both, or neither: then both are discovered on the issuer's own origin".to_owned();
        faults.error(table.place(), "one of `authorization_endpoint` and `token_endpoint` is missing", help);
    }
    found
}
