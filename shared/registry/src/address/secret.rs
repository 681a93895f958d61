//! Secrets in URLs: user info, and query parameters whose name or value is one of a secret.
//!
//! A URL is shown to people: in logs, in events, by `weir registry diff`. A secret in it would be published with the
//! registry, and couldn't be changed without a publication.

use url::Url;

use crate::name;

/// The requirement on user info, worded to follow *must*.
pub(super) const USER_INFO: &str = "be a URL without user name and password";

/// The requirement on the query, worded to follow *must*.
pub(super) const QUERY: &str = "be a URL without a secret in its query (`?…=…`)";

/// True for a requirement that a secret breaks.
pub(crate) fn is_about_secret(says: &str) -> bool {
    says == USER_INFO || says == QUERY
}

/// Words within the names of parameters that carry secrets, in lower case without punctuation: `X-Api-Key`,
/// `access_token` (RFC 6750 §2.3), `subscription-key` (Azure API Management), `X-Amz-Signature`.
const WORDS: [&str; 17] = [
    "accesskey",
    "apikey",
    "authkey",
    "bearer",
    "clientkey",
    "credential",
    "functionskey",
    "hmac",
    "jwt",
    "licensekey",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "signature",
    "subscriptionkey",
    "token",
];

/// Whole names of parameters that carry secrets, but have other uses, too: they count with [`VALUE_BYTES`] or more.
const NAMES: [&str; 11] = ["ak", "auth", "authorization", "code", "key", "pass", "pat", "pwd", "sas", "sig", "sk"];

/// The shortest value of such a name that counts as a secret: a country code is no secret.
const VALUE_BYTES: usize = 8;

/// The beginnings of secrets of well-known issuers, such as GitHub, Slack, OpenAI, Stripe, Google, AWS, and of a JWT.
const PREFIXES: [&str; 18] = [
    "AIza",
    "AKIA",
    "ASIA",
    "eyJ",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "npm_",
    "pk_live_",
    "rk_live_",
    "sk-",
    "sk_live_",
    "xoxb-",
    "xoxp-",
    "ya29.",
];

/// True if the query of `url` carries a secret.
pub(super) fn is_in_query(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| is_secret(&name, &value))
}

fn is_secret(name: &str, value: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_named = !value.is_empty() && WORDS.iter().any(|word| plain.contains(word));
    let is_short_name = value.len() >= VALUE_BYTES && NAMES.contains(&plain.as_str());
    // A secret alone, without a name, is parsed as a name.
    let is_known = [name, value]
        .iter()
        .any(|text| text.len() > VALUE_BYTES && PREFIXES.iter().any(|prefix| text.starts_with(prefix)));
    is_named || is_short_name || is_known
}

/// A URL without user info, query and fragment, which may carry secrets: messages end up in the logs of CI.
pub(crate) fn without_secrets(url: &str) -> String {
    let (start, query) = url.find(['?', '#']).map_or((url, ""), |end| url.split_at(end));
    let hidden = query.chars().next().map(|sign| format!("{sign}…")).unwrap_or_default();
    match start.rsplit_once('@') {
        Some((_, after)) => format!("…@{after}{hidden}"),
        None => format!("{start}{hidden}"),
    }
}

/// The help for a secret in the URL `key` of `file`.
pub(crate) fn where_secret_belongs(file: &str, key: &str) -> String {
    let committed = "if it was committed, replace it";
    let origin = file.strip_prefix("origins/").and_then(|file| file.strip_suffix(".toml"));
    match (origin, key) {
        (Some(origin), "url") => format!(
            "write `credential = {{ type = \"header\", name = \"…\" }}`; the secret is stored with the gateway, as `{}`, and \
             never in the registry: {committed}",
            name::origin_secret_name(origin)
        ),
        (Some(origin), _) => format!(
            "the secret of Weir's client there is stored with the gateway, as `{}`, or `{}` for `identity_provider`, and \
             never in the registry: {committed}",
            name::origin_secret_name(origin),
            name::identity_provider_secret_name(origin)
        ),
        (None, "token_endpoint" | "authorization_endpoint") => format!(
            "the secret of Weir's client there is stored with the gateway, as `{}`, and never in the registry: {committed}",
            name::SIGN_IN_SECRET
        ),
        (None, _) => format!("the gateway sends no secret to this address: name one that needs none, and {committed}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> bool {
        Url::parse(&format!("https://crm.example.com/mcp?{query}")).is_ok_and(|url| is_in_query(&url))
    }

    #[test]
    fn secret_in_query_is_found() {
        for query in [
            "token=a",
            "access_token=a",
            "api_key=a",
            "api-key=a",
            "API%4BEY=a",
            "x-api-key=a",
            "tenant=1&subscription-key=a",
            "client_secret=a",
            "password=a",
            "sig=0123456789",
            "code=0123456789abcdef",
            "key=0123456789abcdef",
            "X-Amz-Signature=a",
            "id=ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "session=eyJhbGciOiJIUzI1NiJ9.e30",
            "sk-0123456789abcdef",
        ] {
            assert!(found(query), "`{query}`");
        }
    }

    #[test]
    fn other_query_is_left_alone() {
        for query in [
            "tenant=0f8fad5b-d9cb-469f-a165-70867728950e",
            "code=DE",
            "key=eu",
            "version=2026-11",
            "region=eu",
            "token=",
            "",
            "p=B2C_1_sign_in",
        ] {
            assert!(!found(query), "`{query}`");
        }
    }
}
