//! The keys of a credential that is an access token: the authorization server that issues it, and its extent.
//!
//! ```toml
//! [credential]
//! type = "client_credentials"
//! issuer = "https://auth.example.com"                  # the origin's authorization server
//! token_endpoint = "https://auth.example.com/token"    # on the web origin of `issuer`
//! foreign_token_endpoint = false                       # true: it is on another web origin, and that is right
//! client_id = "weir"
//! client_authentication = "client_secret_basic"        # or `client_secret_post`, `private_key_jwt`
//! assertion_audience = "issuer"                        # of `private_key_jwt`; or `token_endpoint`
//! scopes = ["crm.read"]                                # optional
//! resource = "https://crm.example.com/mcp"             # optional: RFC 8707
//! audience = "crm"                                     # optional
//! form = "token_exchange"                              # of `token_exchange`; or `on_behalf_of`
//!
//! [credential.identity_provider]                       # of `id_jag`, in place of `audience`: Weir's client there
//! issuer = "https://idp.example.com"                   # and the other five keys of an authorization server
//! token_endpoint = "https://idp.example.com/token"
//! client_id = "weir-at-idp"
//! ```

use url::Url;

use crate::address::{self, Reach, is_about_secret, is_same_origin, where_secret_belongs};
use crate::fault::Faults;
use crate::name::is_label;
use crate::snapshot::{AssertionAudience, AuthorizationServer, ClientAuthentication, ExchangeForm, TokenTarget};
use crate::source::{Located, values};
use crate::table::{Rule, Table};

/// Longest `resource`, bytes.
const RESOURCE_BYTES: usize = 512;

/// Reads the authorization server, with Weir as its client.
pub(super) fn read(table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> Option<AuthorizationServer> {
    let issuer = table.required_text("issuer", &Rule::ANY, faults);
    let issuer = issuer.and_then(|written| {
        let url = parsed(&written, "issuer", |text| address::parse_issuer(text, reach), faults)?;
        Some((written.value, url))
    });
    let token_endpoint = table.required_text("token_endpoint", &Rule::ANY, faults);
    let token_endpoint = token_endpoint.and_then(|written| {
        let url = parsed(&written, "token_endpoint", |text| address::parse(text, reach), faults)?;
        Some((written, url))
    });
    let says_foreign = table.flag("foreign_token_endpoint", faults).is_some_and(|flag| flag.value);
    if let (Some((_, issuer)), Some((written, url))) = (&issuer, &token_endpoint)
        && !says_foreign
        && !is_same_origin(issuer, url)
    {
        let message = "`token_endpoint` is not on the web origin of `issuer`, and Weir's credential is sent there";
        let help = "write `foreign_token_endpoint = true` if the documentation of the authorization server names it";
        faults.error(&written.place, message, help.to_owned());
    }
    let client_id = table.required_text("client_id", &Rule::ANY, faults);
    let client_id = client_id.and_then(|written| {
        let label = |text: &str| is_label(text).then(|| text.to_owned());
        let says = "be 1 to 256 characters without control characters";
        parsed(&written, "client_id", |text| label(text).ok_or(says), faults)
    });
    let method = table.text("client_authentication", &Rule::ANY, faults).and_then(|written| {
        let says = "be `client_secret_basic`, `client_secret_post` or `private_key_jwt`";
        parsed(&written, "client_authentication", |text| ClientAuthentication::parse(text).ok_or(says), faults)
    });
    let client_authentication = method.unwrap_or(ClientAuthentication::Basic);
    let assertion_audience = table.text("assertion_audience", &Rule::ANY, faults).and_then(|written| {
        if client_authentication != ClientAuthentication::PrivateKeyJwt {
            let message = "`assertion_audience` is of `client_authentication = \"private_key_jwt\"` alone";
            faults.error(&written.place, message, "remove it".to_owned());
        }
        let says = "be `issuer` or `token_endpoint`";
        parsed(&written, "assertion_audience", |text| AssertionAudience::parse(text).ok_or(says), faults)
    });
    Some(AuthorizationServer {
        issuer: issuer?.0,
        token_endpoint: token_endpoint?.1.into(),
        client_id: client_id?,
        client_authentication,
        assertion_audience: assertion_audience.unwrap_or_default(),
    })
}

/// Reads the extent of the token. Warns of one that is good for everything that Weir may do there: an origin could use
/// it elsewhere.
pub(super) fn target(table: &mut Table<'_>, faults: &mut Faults) -> TokenTarget {
    let target = target_of_id_jag(table, faults);
    let audience = table.text("audience", &Rule::ANY, faults).and_then(|written| {
        let says = "be 1 to 256 characters without control characters";
        let read = |text: &str| if is_label(text) { Ok(text.to_owned()) } else { Err(says) };
        parsed(&written, "audience", read, faults)
    });
    if ["scopes", "resource", "audience"].iter().all(|key| table.is_absent(key)) {
        let message = "the access token is not restricted: the origin could use it wherever Weir may";
        let help = "add `resource`, `audience` or `scopes`, whatever the authorization server understands";
        faults.warning(table.place(), message, help.to_owned());
    }
    TokenTarget { audience, ..target }
}

/// Reads the same for an ID-JAG, whose audience is the authorization server, and whose resource is the origin by
/// default.
pub(super) fn target_of_id_jag(table: &mut Table<'_>, faults: &mut Faults) -> TokenTarget {
    let is_scope = |text: &str| oauth::scope::parse(text).is_ok_and(|scopes| scopes.len() == 1);
    let mut scopes = table.texts("scopes", &Rule::ANY, faults);
    scopes.retain(|written| {
        if !is_scope(&written.value) {
            faults.error(&written.place, "each of `scopes` must be one scope (RFC 6749 §3.3)", None);
        }
        is_scope(&written.value)
    });
    let resource = table.text("resource", &Rule::ANY, faults).and_then(|written| {
        let says = "be an absolute URI without a fragment, of at most 512 bytes";
        let is_plain = |text: &str| !text.contains('#') && text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_right = |text: &str| text.len() <= RESOURCE_BYTES && is_plain(text) && Url::parse(text).is_ok();
        let read = |text: &str| if is_right(text) { Ok(text.to_owned()) } else { Err(says) };
        parsed(&written, "resource", read, faults)
    });
    TokenTarget { scopes: values(&scopes), resource, audience: None }
}

/// Reads the form of a token exchange.
pub(super) fn form(table: &mut Table<'_>, faults: &mut Faults) -> ExchangeForm {
    let form = table.text("form", &Rule::ANY, faults).and_then(|written| {
        let says = "be `token_exchange` or `on_behalf_of`";
        parsed(&written, "form", |text| ExchangeForm::parse(text).ok_or(says), faults)
    });
    form.unwrap_or_default()
}

/// Parses the text of `key`, or reports a fault that doesn't quote it.
pub(super) fn parsed<T>(
    written: &Located<String>,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, &'static str>,
    faults: &mut Faults,
) -> Option<T> {
    let report = |says| {
        let help = is_about_secret(says).then(|| where_secret_belongs(&written.place.file, key));
        faults.error(&written.place, format!("`{key}` must {says}"), help);
    };
    parse(&written.value).map_err(report).ok()
}
