//! The keys of `type = "vault"`: a grant of each user at the origin's authorization server.
//!
//! ```toml
//! [credential]
//! type = "vault"
//! issuer = "https://auth.example.com"                  # the only server that users are sent to
//! scopes = ["tickets.read"]                            # optional
//! resource = "https://tickets.example.com/mcp"         # optional: RFC 8707; default: the origin's `url`
//! omit_resource = false                                # true for a server that refuses `resource`, as Entra ID does
//! client_id = "weir"                                   # optional: else its metadata document, or a registration
//! client_authentication = "client_secret_basic"        # with `client_id`; or `client_secret_post`, `none`
//! authorization_endpoint = "https://auth.example.com/authorize"   # optional, both: else they are discovered
//! token_endpoint = "https://tokens.example.com/token"             # there, on the web origin of `issuer`
//! ```

use oauth::openid_token_request::Method;
use oauth::web_url::WebUrl;

use super::authorization_server::{parsed, target_of_id_jag};
use crate::address::{self, Reach};
use crate::fault::Faults;
use crate::name::is_label;
use crate::snapshot::{Vault, VaultClient, VaultEndpoints};
use crate::table::{Rule, Table};

/// Reads the keys of the table.
pub(super) fn read(table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> Option<Vault> {
    let issuer = table.required_text("issuer", &Rule::ANY, faults);
    let issuer = issuer.and_then(|written| {
        let says = "be a normalized URL (lower-case host, no default port), so that its metadata can be found";
        let read = |text: &str| {
            address::parse_issuer(text, reach)?;
            if WebUrl::parse(text).is_some() { Ok(text.to_owned()) } else { Err(says) }
        };
        parsed(&written, "issuer", read, faults)
    });
    let endpoints = endpoints(table, reach, faults);
    let client = client(table, faults);
    let target = target_of_id_jag(table, faults);
    let omit = table.flag("omit_resource", faults);
    let omit_resource = omit.as_ref().is_some_and(|flag| flag.value);
    if let (Some(flag), true, Some(_)) = (&omit, omit_resource, &target.resource) {
        faults.error(&flag.place, "`omit_resource` contradicts `resource`", "remove one of the two".to_owned());
    }
    if endpoints.is_some() && client.is_none() && table.is_absent("client_id") {
        let message = "`client_id` is missing: Weir can register itself only where it discovers the endpoints";
        let help =
            "make a client there with the redirect URI `https://HOST/oauth/grants/callback/NAME` of this origin, \
                    and name it"
                .to_owned();
        faults.error(table.place(), message, help);
        return None;
    }
    Some(Vault { issuer: issuer?, endpoints, client, scopes: target.scopes, resource: target.resource, omit_resource })
}

fn endpoints(table: &mut Table<'_>, reach: Reach, faults: &mut Faults) -> Option<VaultEndpoints> {
    let absent = [table.is_absent("authorization_endpoint"), table.is_absent("token_endpoint")];
    let mut url = |key| {
        let written = table.text(key, &Rule::ANY, faults)?;
        let says = "be a normalized URL (lower-case host, no default port)";
        let read = |text: &str| {
            address::parse(text, reach)?;
            if WebUrl::parse(text).is_some() { Ok(text.to_owned()) } else { Err(says) }
        };
        parsed(&written, key, read, faults)
    };
    let (authorization, token) = (url("authorization_endpoint"), url("token_endpoint"));
    if absent[0] != absent[1] {
        let help = "write both, or neither: then both are discovered on the issuer's own origin".to_owned();
        faults.error(table.place(), "one of `authorization_endpoint` and `token_endpoint` is missing", help);
    }
    Some(VaultEndpoints { authorization: authorization?, token: token? })
}

fn client(table: &mut Table<'_>, faults: &mut Faults) -> Option<VaultClient> {
    let has_id = !table.is_absent("client_id");
    let id = table.text("client_id", &Rule::ANY, faults).and_then(|written| {
        let says = "be 1 to 256 characters without control characters";
        let read = |text: &str| if is_label(text) { Ok(text.to_owned()) } else { Err(says) };
        parsed(&written, "client_id", read, faults)
    });
    let method = table.text("client_authentication", &Rule::ANY, faults).and_then(|written| {
        if !has_id {
            faults.error(
                &written.place,
                "`client_authentication` needs a `client_id`",
                "add it, or remove this".to_owned(),
            );
        }
        let says = "be `client_secret_basic`, `client_secret_post` or `none`";
        parsed(&written, "client_authentication", |text| Method::parse(text).ok_or(says), faults)
    });
    Some(VaultClient { id: id?, authentication: method.unwrap_or(Method::Basic) })
}
