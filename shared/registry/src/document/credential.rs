//! `credential` of `origins/NAME.toml`: how Weir authenticates to the origin.
//!
//! ```toml
//! credential = { type = "none" }
//! credential = { type = "header", name = "Authorization", prefix = "Bearer " }   # and the secret ORIGIN_NAME_SECRET
//! credential = { type = "signed_identity" }        # a JWT about the user, in `Weir-Identity`
//! ```
//!
//! [`authorization_server`] has the keys of the kinds that show an access token: `client_credentials`,
//! `token_exchange`, `id_jag`; [`vault`] those of `vault`.
//!
//! No message quotes a value of this table: people write secrets into it, and messages go into the logs of CI.

mod authorization_server;
mod vault;

use crate::address::Reach;
use crate::fault::Faults;
use crate::name::{identity_provider_secret_name, origin_secret_name};
use crate::snapshot::Credential;
use crate::source::Located;
use crate::table::{Rule, Table};

const KINDS: [&str; 7] =
    ["none", "header", "signed_identity", "client_credentials", "token_exchange", "id_jag", "vault"];

/// Reads the credential of `origin`.
pub(crate) fn read(origin: &str, table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> Option<Credential> {
    table.explain_unknown(is_word_for_secret, elsewhere(origin));
    let kind = table.required_text("type", &Rule::ANY, faults);
    let kind = kind.filter(|kind| is_kind(kind, faults));
    match kind.as_ref().map(|kind| kind.value.as_str()) {
        Some("none") => return Some(Credential::None),
        Some("signed_identity") => return Some(Credential::SignedIdentity),
        Some("client_credentials") => {
            let server = authorization_server::read(table, reach, faults);
            let target = authorization_server::target(table, faults);
            return Some(Credential::ClientCredentials { server: server?, target });
        }
        Some("token_exchange") => {
            let server = authorization_server::read(table, reach, faults);
            let target = authorization_server::target(table, faults);
            let form = authorization_server::form(table, faults);
            return Some(Credential::TokenExchange { server: server?, target, form });
        }
        Some("id_jag") => {
            let server = authorization_server::read(table, reach, faults);
            let target = authorization_server::target_of_id_jag(table, faults);
            let identity_provider = table.table("identity_provider", faults, |table, faults| {
                table.explain_unknown(is_word_for_secret, stored_as(&identity_provider_secret_name(origin)));
                authorization_server::read(table, reach, faults)
            });
            if identity_provider.is_none() && table.is_absent("identity_provider") {
                let help = "write Weir's client at the identity provider: `identity_provider = { issuer = …, … }`";
                faults.error(table.place(), "`identity_provider` is missing", help.to_owned());
            }
            return Some(Credential::IdJag { server: server?, identity_provider: identity_provider??, target });
        }
        Some("vault") => return vault::read(table, reach, faults).map(Credential::Vault),
        _ => {}
    }
    let name = table.text("name", &Rule::ANY, faults).filter(|name| is_free_header(origin, name, faults));
    let prefix = table.text("prefix", &Rule::ANY, faults).filter(|prefix| is_prefix(origin, prefix, faults));
    let name = name.map_or_else(|| "Authorization".to_owned(), |name| name.value);
    // `Authorization` has a scheme (RFC 9110 §11.4); other headers usually have the secret alone.
    let default = if name.eq_ignore_ascii_case("authorization") { "Bearer " } else { "" };
    let prefix = prefix.map_or_else(|| default.to_owned(), |prefix| prefix.value);
    kind.map(|_| Credential::Header { name, prefix })
}

fn is_kind(kind: &Located<String>, faults: &mut Faults) -> bool {
    let known = KINDS.contains(&kind.value.as_str());
    if !known {
        let (last, others) = KINDS.split_last().unwrap_or((&"", &[]));
        let others = others.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`type` must be one of {others} and `{last}`");
        let message = match looks_like_secret(&kind.value) {
            true => message,
            false => format!("{message}, not `{}`", kind.value),
        };
        faults.error(&kind.place, message, None);
    }
    known
}

/// The fix for a secret that was written into the folder.
fn elsewhere(origin: &str) -> String {
    stored_as(&origin_secret_name(origin))
}

fn stored_as(name: &str) -> String {
    format!(
        "the secret is stored with the gateway, as `{name}`, and never in the registry: if it was committed, replace it"
    )
}

fn is_word_for_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // A misspelt `token_endpoint` is no secret.
    !key.contains("end")
        && ["secret", "token", "password", "passwd", "key", "value", "bearer", "credential"]
            .iter()
            .any(|word| key.contains(word))
}

/// True for a text with a run of 20 characters that includes a digit, or of 32, as tokens have them and schemes don't.
fn looks_like_secret(text: &str) -> bool {
    let runs = text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_.~+/=".contains(character)));
    let is_long = |run: &str| run.len() >= 32 || (run.len() >= 20 && run.bytes().any(|byte| byte.is_ascii_digit()));
    runs.into_iter().any(is_long)
}

fn is_prefix(origin: &str, prefix: &Located<String>, faults: &mut Faults) -> bool {
    let text = &prefix.value;
    if looks_like_secret(text) {
        faults.error(&prefix.place, "`prefix` looks like a secret", elsewhere(origin));
        return false;
    }
    let right = text.len() <= 64 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !right {
        faults.error(&prefix.place, "`prefix` must be at most 64 ASCII characters", None);
    }
    right
}

/// Reports a name that is no field name (RFC 9110 §5.1), or one that HTTP, MCP, Weir or a proxy sets or reads.
fn is_free_header(origin: &str, name: &Located<String>, faults: &mut Faults) -> bool {
    let text = name.value.to_ascii_lowercase();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !(1..=64).contains(&text.len()) || !text.bytes().all(token) {
        let help = (text.contains(':') || looks_like_secret(&text)).then(|| elsewhere(origin));
        faults.error(&name.place, "`name` must be the name of a header", help);
        return false;
    }
    let taken = TAKEN.contains(&text.as_str()) || TAKEN_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
    if taken {
        let message =
            format!("`name` must be a header name that neither HTTP, MCP nor Weir uses, not `{}`", name.value);
        faults.error(&name.place, message, None);
    }
    !taken
}

/// Headers with a meaning for HTTP or for those between Weir and the origin, from IANA's registry of field names and
/// the documentation of proxies. A secret there would be dropped, logged, or change the request.
const TAKEN: [&str; 67] = [
    "accept",
    "age",
    "allow",
    "alt-svc",
    "alt-used",
    "b3",
    "baggage",
    "cache-control",
    "cdn-loop",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-ew-via",
    "cf-ipcountry",
    "cf-pseudo-ipv4",
    "cf-ray",
    "cf-visitor",
    "cf-worker",
    "client-ip",
    "close",
    "connection",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "early-data",
    "expect",
    "fastly-client-ip",
    "fly-client-ip",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "keep-alive",
    "last-event-id",
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "prefer",
    "priority",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "save-data",
    "server",
    "set-cookie",
    "set-cookie2",
    "surrogate-capability",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "true-client-ip",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-real-ip",
    "x-request-id",
];

/// The beginnings of families of such headers.
const TAKEN_PREFIXES: [&str; 16] = [
    "accept-",
    "access-control-",
    "content-",
    "if-",
    "mcp-",
    "proxy-",
    "sec-",
    "spin-",
    "weir-",
    "x-amzn-",
    "x-b3-",
    "x-envoy-",
    "x-forwarded",
    "x-http-method",
    "x-original-",
    "x-rewrite-",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Place;

    #[test]
    fn header_of_http_or_proxies_is_no_credential() {
        for taken in [
            "Weir-Identity",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "CF-Connecting-IP",
            "True-Client-IP",
            "X-Real-IP",
            "Fastly-Client-IP",
            "Spin-Client-Addr",
            "Range",
            "If-Range",
            "If-None-Match",
            "Via",
            "Set-Cookie",
            "Cookie",
            "Host",
            "Content-Length",
            "Transfer-Encoding",
            "Mcp-Session-Id",
            "Last-Event-ID",
            "Origin",
            "Access-Control-Allow-Origin",
            "X-HTTP-Method-Override",
            "traceparent",
        ] {
            let place = Place { file: "origins/crm.toml".to_owned(), line: 4, column: 1 };
            let name = Located { value: taken.to_owned(), place };
            let mut faults = Faults::default();
            assert!(!is_free_header("crm", &name, &mut faults), "{taken}");
            assert_eq!(faults.into_sorted().len(), 1, "{taken}");
        }
    }

    #[test]
    fn sorted_lists_have_no_header_of_a_credential() {
        assert!(TAKEN.is_sorted() && TAKEN_PREFIXES.is_sorted());
        for free in [
            "authorization",
            "x-api-key",
            "api-key",
            "apikey",
            "x-auth-token",
            "private-token",
            "x-vault-token",
            "cf-access-client-secret",
        ] {
            assert!(!TAKEN.contains(&free) && !TAKEN_PREFIXES.iter().any(|prefix| free.starts_with(prefix)), "{free}");
        }
    }

    #[test]
    fn secrets_are_told_from_schemes() {
        for secret in
            ["Bearer sk-live-0123456789abcdef", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "eyJhbGciOiJIUzI1NiJ9.e30"]
        {
            assert!(looks_like_secret(secret), "`{secret}`");
        }
        for scheme in ["Bearer ", "Basic ", "GenieKey ", "Token token=", "AWS4-HMAC-SHA256 ", "", "DeepL-Auth-Key "] {
            assert!(!looks_like_secret(scheme), "`{scheme}`");
        }
    }
}
