//! Trust: `[[issuers]]` and `[[clients]]` of `gateway.toml`.

use std::collections::BTreeMap;

use oauth::algorithm::Algorithm;
use oauth::client_metadata::{MAX_REDIRECT_URIS, document_host};
use oauth::jwk::KeySet;
use oauth::redirect_uri::RedirectUri;
use oauth::{client_authentication, id_jag, scope};
use policy_compiler::role::ANONYMOUS;
use url::Url;

use crate::address::{self, Reach};
use crate::document::membership::MembershipDocument;
use crate::document::names::CLIENT_ID;
use crate::document::provider_tokens::ProviderTokens;
use crate::document::service::ServiceDocument;
use crate::document::{LABEL, NAME, checked};
use crate::fault::{Faults, Place};
use crate::name;
use crate::snapshot::{IssuerMode, REGISTERED};
use crate::source::{Located, values};
use crate::table::{Rule, Table};

/// Maximum number of live secrets, or keys, of a client: each is one more that can leak.
const MAXIMUM_SECRETS: usize = 4;

const ALGORITHM: Rule =
    Rule { holds: |text| Algorithm::parse(text).is_some(), says: "be one of `EdDSA`, `ES256`, `RS256` and `PS256`" };

/// The id of a client in the quarantine; it may be one that registration gave.
pub(crate) const AGENT: Rule = Rule {
    holds: |text| name::is_name(text) || is_unlisted_client(text),
    says: "be the `id` of a client: a name, the URL of a metadata document, or `registered.…` from an audit event",
};

/// True for the id of a client that needs no entry in the registry: a metadata document's URL, or an id that
/// registration gave.
pub(crate) fn is_unlisted_client(id: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let registered = id.strip_prefix(REGISTERED).is_some_and(|rest| rest.len() <= 501 && rest.bytes().all(letter));
    registered || document_host(id).is_some()
}

const REDIRECT_URI: Rule = Rule {
    holds: |text| RedirectUri::parse(text, &[text]).is_ok(),
    says: "be an `https:` URL, an `http:` URL on `localhost`, `127.0.0.1` or `[::1]`, or a URI of a private-use scheme",
};

pub(crate) const SCOPE: Rule = Rule {
    holds: |text| scope::KNOWN.contains(&text),
    says: "be one of `tools:list`, `tools:call`, `resources:read` and `prompts:get`",
};

const PUBLIC_KEYS: &str =
    "`jwks` must be a JWK set of one to four public keys (Ed25519, P-256, RSA of 2,048 to 4,096 bits), as JSON";

/// The JWK set without white space, so that a diff shows changed keys alone; `None` if a key can't be used.
fn public_keys(json: &str) -> Option<String> {
    KeySet::parse_strict(json).ok().filter(|keys| keys.len() <= MAXIMUM_SECRETS)?;
    Some(serde_json::from_str::<serde_json::Value>(json).ok()?.to_string())
}

pub(crate) const HASH_ONLY: &str = "`weir client secret` makes a secret and its hash: only the hash is written here";

/// The one issuer of all people with a Google account, of whatever company or none.
const GOOGLE: &str = "https://accounts.google.com";

/// One `[[issuers]]`.
#[derive(Debug)]
pub struct IssuerDocument {
    /// The issuer's name in the registry.
    pub name: Located<String>,
    /// The `iss` claim of its tokens, compared byte for byte.
    pub issuer: Located<String>,
    /// URL of its JWK set (RFC 7517), normalised.
    pub jwks_uri: String,
    /// JWS algorithms it may sign with; at least one.
    pub algorithms: Vec<Algorithm>,
    /// The claims that hold groups, team and project.
    pub membership: MembershipDocument,
    /// The only trusted tenant, for an issuer with several.
    pub tenant: Option<String>,
    /// The tenant that the issuer knows this gateway as, if it names one (`aud_tenant`).
    pub aud_tenant: Option<String>,
    /// The longest lifetime of its assertions, seconds; 60 to 3,600, default 300.
    pub assertion_seconds: u64,
    /// The scopes that an assertion without `scope` grants; none by default.
    pub default_scopes: Vec<Located<String>>,
    /// True if access tokens for its users must be bound to a key; default false.
    pub require_dpop: bool,
    /// The kinds of its tokens that are accepted; default ID-JAGs alone.
    pub modes: Vec<IssuerMode>,
    /// Further values of `aud` in its access tokens, each with the path of a protected resource.
    pub audiences: BTreeMap<String, Located<String>>,
    /// The ids of clients by their `client_id` at the issuer.
    pub clients: BTreeMap<String, Located<String>>,
}

/// One `[[clients]]`.
#[derive(Debug)]
pub struct ClientDocument {
    /// The OAuth `client_id`.
    pub id: Located<String>,
    /// Its title for people.
    pub title: String,
    /// `sha256:HEX` of each live secret; one to four, none of a public client or one that signs.
    pub secret_hashes: Vec<Located<String>>,
    /// The public keys of a client that signs: a JWK set of one to four keys as JSON, without white space.
    pub jwks: Option<String>,
    /// True for a client without a secret, which can use the sign-in only.
    pub is_public: bool,
    /// The redirect URIs of its sign-ins.
    pub redirect_uris: Vec<String>,
    /// The scopes that its tokens may have; all if empty.
    pub scopes: Vec<Located<String>>,
    /// `service`: the principal of a client that acts for itself.
    pub service: Option<ServiceDocument>,
    /// The place of a client that has neither secret nor keys, and isn't public: it can use access tokens of an
    /// identity provider alone.
    pub without_credential: Option<Place>,
}

impl IssuerDocument {
    pub(crate) fn read(table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> Option<Self> {
        let name = table.required_text("name", &NAME, faults);
        let issuer = table
            .required_text("issuer", &Rule::ANY, faults)
            .filter(|issuer| checked(issuer, "issuer", |text| address::parse_issuer(text, reach), faults).is_some());
        let jwks_uri = table
            .required_text("jwks_uri", &Rule::ANY, faults)
            .and_then(|uri| checked(&uri, "jwks_uri", |text| address::parse(text, reach), faults));
        let algorithms = table.texts("algorithms", &ALGORITHM, faults);
        let algorithms: Vec<Algorithm> = algorithms.iter().filter_map(|name| Algorithm::parse(&name.value)).collect();
        if table.is_absent("algorithms") || table.is_empty("algorithms") {
            let help = "write the algorithms that the issuer signs with, such as `algorithms = [\"ES256\"]`";
            faults.error(table.place(), "`algorithms` is missing or empty", help.to_owned());
        }
        let membership = MembershipDocument::read(table, faults);
        let tenant = table.text("tenant", &LABEL, faults);
        if let Some(issuer) = issuer.as_ref().filter(|issuer| issuer.value == GOOGLE && table.is_absent("tenant")) {
            let message = format!("`{GOOGLE}` vouches for everybody who has an account there, and `tenant` is missing");
            let help = "write your Workspace's domain, such as `tenant = \"example.com\"`: it is compared with `hd`";
            faults.error(&issuer.place, message, help.to_owned());
        }
        let aud_tenant = table.text("aud_tenant", &LABEL, faults);
        let assertion_seconds = table.number("assertion_seconds", id_jag::LIFETIME_SECONDS_BOUNDS, faults);
        let default_scopes = table.texts("default_scopes", &SCOPE, faults);
        let require_dpop = table.flag("require_dpop", faults).is_some_and(|flag| flag.value);
        let provider_tokens = ProviderTokens::read(table, faults);
        if let Some(seconds) =
            assertion_seconds.as_ref().filter(|_| !provider_tokens.modes.contains(&IssuerMode::IdJag))
        {
            let help = "remove it, or add `id_jag` to `modes`".to_owned();
            faults.warning(&seconds.place, "`assertion_seconds` is for ID-JAGs alone", help);
        }
        Some(Self {
            name: name?,
            issuer: issuer?,
            jwks_uri: Url::into(jwks_uri?),
            algorithms,
            membership,
            tenant: tenant.map(|written| written.value),
            aud_tenant: aud_tenant.map(|written| written.value),
            assertion_seconds: assertion_seconds.map_or(id_jag::LIFETIME_SECONDS, |written| written.value),
            default_scopes,
            require_dpop,
            modes: provider_tokens.modes,
            audiences: provider_tokens.audiences,
            clients: provider_tokens.clients,
        })
    }
}

impl ClientDocument {
    pub(crate) fn read(table: &mut Table<'_>, faults: &mut Faults) -> Option<Self> {
        table.explain_unknown(|key| key.contains("secret"), HASH_ONLY.to_owned());
        let id = table.required_text("id", &CLIENT_ID, faults).filter(|id| {
            let anonymous = id.value == ANONYMOUS;
            if anonymous {
                let message = "the client `anonymous` stands for callers without a token";
                faults.error(&id.place, message, "choose another `id`".to_owned());
            }
            !anonymous
        });
        let title = table.required_text("title", &LABEL, faults);
        // No message quotes a value: it may be the secret itself.
        let mut secret_hashes = table.texts("secret_hashes", &Rule::ANY, faults);
        secret_hashes.retain(|hash| {
            let right = client_authentication::is_hash(&hash.value);
            if !right {
                let message = "`secret_hashes` must be `sha256:` and 64 lower-case hex digits";
                faults.error(&hash.place, message, HASH_ONLY.to_owned());
            }
            right
        });
        let is_public = table.flag("public", faults).is_some_and(|flag| flag.value);
        let has_hashes = !table.is_absent("secret_hashes") && !table.is_empty("secret_hashes");
        let has_keys = !table.is_absent("jwks");
        let jwks = table.text("jwks", &Rule::ANY, faults).and_then(|written| {
            let compact = public_keys(&written.value);
            if compact.is_none() {
                faults.error(&written.place, PUBLIC_KEYS, "leave out every private member, such as `d`".to_owned());
            }
            compact
        });
        let of_document = id.as_ref().is_some_and(|id| document_host(&id.value).is_some());
        let mut error = |message: &str, help: &str| faults.error(table.place(), message, help.to_owned());
        // A second way in would be as weak as the weaker of the two.
        match (is_public, has_hashes, has_keys) {
            (true, true, _) => error("a client with `public = true` has no `secret_hashes`", "remove one of the two"),
            (true, _, true) => error("a client with `public = true` has no `jwks`", "remove one of the two"),
            (_, true, true) => error("a client has `secret_hashes` or `jwks`, not both", "remove one of the two"),
            (false, _, false) if of_document => {
                let help = "add `public = true` or its `jwks`: its document can hold no secret";
                error("a client whose `id` is a URL must be public or sign", help);
            }
            _ => {}
        }
        let has_none = !is_public && !has_hashes && !has_keys && !of_document;
        let without_credential = has_none.then(|| table.place().clone());
        let redirect_uris = table.texts("redirect_uris", &REDIRECT_URI, faults);
        if is_public && redirect_uris.is_empty() && table.is_absent("redirect_uris") {
            faults.error(table.place(), "a public client needs `redirect_uris`", None);
        }
        if let Some(more) = redirect_uris.get(MAX_REDIRECT_URIS) {
            faults.error(&more.place, format!("a client has at most {MAX_REDIRECT_URIS} redirect URIs"), None);
        }
        if let Some(fifth) = secret_hashes.get(MAXIMUM_SECRETS) {
            faults.error(&fifth.place, "a client has at most four live secrets", "remove old ones".to_owned());
        }
        if let Some(place) = table.place_of_empty("scopes") {
            let help = "name the scopes that its tokens may have, or remove it: they may have all then".to_owned();
            faults.error(&place, "`scopes` is empty", help);
        }
        let scopes = table.texts("scopes", &SCOPE, faults);
        let service = table.table("service", faults, ServiceDocument::read);
        if service.is_some() && (is_public || !redirect_uris.is_empty()) {
            let help = "a service authenticates and signs nobody in: remove `public` and `redirect_uris`";
            faults.error(table.place(), "a client with `service` acts for itself alone", help.to_owned());
        }
        let redirect_uris = values(&redirect_uris);
        Some(Self {
            id: id?,
            title: title?.value,
            secret_hashes,
            jwks,
            is_public,
            redirect_uris,
            scopes,
            service,
            without_credential,
        })
    }
}
