//! Agreement: checks that every name that one file uses is declared once in the folder.
//!
//! A name that is missing is not reported if a file that could declare it couldn't be read completely.

mod alike;
mod classes;
mod clients;
mod exposed;
mod issuers;
mod names;
mod policies;
mod risks;
mod sign_in;

use std::collections::HashMap;

use policy::Kind;
use url::Url;

use crate::address::is_same_origin;
use crate::document::Documents;
use crate::fault::{Faults, Place, did_you_mean};
use crate::resource;
use crate::source::Located;

use names::Names;

/// Reports every name that isn't declared or is declared twice, and what grants more than it seems. On `today`,
/// `YYYY-MM-DD`, reviews may be overdue.
pub fn check(documents: &Documents, today: Option<&str>, faults: &mut Faults) {
    check_duplicates(documents, faults);
    check_gateway_itself(documents, faults);
    exposed::check(documents, faults);
    sign_in::check(documents, faults);
    let names = Names::of(documents);
    check_grants(documents, &names, faults);
    clients::check(documents, &names, faults);
    issuers::check(documents, faults);
    check_quarantine(documents, &names, faults);
    policies::check(documents, &names, faults);
    classes::check(documents, faults);
    alike::check(documents, faults);
    risks::check(documents, today, faults);
}

fn check_duplicates(documents: &Documents, faults: &mut Faults) {
    let gateway = &documents.gateway;
    check_unique("issuer", gateway.issuers.iter().map(|issuer| &issuer.name), faults);
    check_unique("`issuer`", gateway.issuers.iter().map(|issuer| &issuer.issuer), faults);
    check_unique("client", gateway.clients.iter().map(|client| &client.id), faults);
    check_unique("role", gateway.roles.iter().map(|role| &role.name), faults);
    check_unique("group", gateway.groups.iter().map(|group| &group.name), faults);
    let hashes = gateway.clients.iter().flat_map(|client| &client.secret_hashes);
    check_unique("client secret", hashes, faults);
}

/// Reports an issuer or origin that is the gateway: its assertions would be the gateway's own tokens, and a call to it
/// would come back.
fn check_gateway_itself(documents: &Documents, faults: &mut Faults) {
    let Ok(gateway) = Url::parse(&documents.gateway.url) else {
        return;
    };
    let is_gateway = |text: &str| Url::parse(text).is_ok_and(|url| is_same_origin(&url, &gateway));
    for issuer in &documents.gateway.issuers {
        for (key, url) in [("issuer", &issuer.issuer.value), ("jwks_uri", &issuer.jwks_uri)] {
            if is_gateway(url) {
                let message = format!("the `{key}` of `{}` is the gateway itself", issuer.name.value);
                let help = "name the identity provider: the gateway must not trust its own keys as an issuer's";
                faults.error(&issuer.issuer.place, message, help.to_owned());
            }
        }
    }
    for origin in documents.origins.values().filter(|origin| is_gateway(&origin.url)) {
        let message = format!("the origin `{}` is the gateway itself", origin.name.value);
        faults.error(&origin.name.place, message, "list its tools in a virtual server instead".to_owned());
    }
    for origin in documents.origins.values() {
        let credential = &origin.credential;
        let issuers = credential.servers().into_iter().map(|server| server.issuer.as_str());
        let issuers = issuers.chain(credential.vault().map(|vault| vault.issuer.as_str()));
        if credential.requested_urls().into_iter().chain(issuers).any(is_gateway) {
            let message =
                format!("the authorization server of the origin `{}` is the gateway itself", origin.name.value);
            let help = "name the origin's own: a token of the gateway is for the gateway alone".to_owned();
            faults.error(&origin.name.place, message, help);
        }
    }
}

/// Reports each name that occurs a second time.
fn check_unique<'a>(kind: &str, names: impl Iterator<Item = &'a Located<String>>, faults: &mut Faults) {
    let mut first: HashMap<&str, &Place> = HashMap::new();
    for name in names {
        if let Some(earlier) = first.insert(&name.value, &name.place) {
            let message = format!("the {kind} `{}` is already at {earlier}", name.value);
            faults.error(&name.place, message, None);
            first.insert(&name.value, earlier);
        }
    }
}

fn check_grants(documents: &Documents, names: &Names<'_>, faults: &mut Faults) {
    let gateway = &documents.gateway;
    for role in &gateway.roles {
        for kind in Kind::ALL {
            names.exposed(kind).check_all(role.granted(kind), faults);
        }
        names.origins.check_all(&role.origins, faults);
        names.virtual_servers.check_all(&role.virtual_servers, faults);
        let grants_one = Kind::ALL.into_iter().any(|kind| !role.granted(kind).is_empty());
        if !grants_one && role.origins.is_empty() && role.virtual_servers.is_empty() {
            faults.warning(&role.name.place, format!("the role `{}` grants nothing", role.name.value), None);
        }
        let held = gateway.groups.iter().flat_map(|group| &group.roles).any(|held| held.value == role.name.value);
        if gateway.complete.groups && !held {
            faults.warning(&role.name.place, format!("no group has the role `{}`", role.name.value), None);
        }
    }
    for group in &gateway.groups {
        names.roles.check_all(&group.roles, faults);
        if let Some(virtual_server) = &group.virtual_server {
            names.virtual_servers.check(virtual_server, faults);
        }
    }
}

/// Reports names in `quarantine.toml` that aren't declared: a misspelt name would freeze nothing.
fn check_quarantine(documents: &Documents, names: &Names<'_>, faults: &mut Faults) {
    let quarantine = &documents.quarantine;
    let signed_out = quarantine.not_before.iter().filter_map(|ended| ended.user.as_ref());
    for principal in quarantine.principals.iter().chain(signed_out) {
        let issuer = principal.value.split_once('|').map_or("", |(issuer, _)| issuer);
        if let Some((message, help)) = names.issuers.missing(issuer) {
            faults.error(&principal.place, message, help);
        }
    }
    for ended in &quarantine.not_before {
        ended.agent.iter().for_each(|agent| names.clients.check(agent, faults));
    }
    names.clients.check_all(&quarantine.agents, faults);
    names.origins.check_all(&quarantine.origins, faults);
    names.tools.check_all(&quarantine.tools, faults);
    names.prompts.check_all(&quarantine.prompts, faults);
    for pattern in &quarantine.resources {
        let overlaps = |listed: &&str| resource::overlaps(listed, &pattern.value);
        if names.resources.complete && !names.resources.names.iter().any(overlaps) {
            let help = did_you_mean(&pattern.value, names.resources.names.iter().copied());
            faults.error(&pattern.place, format!("no virtual server has a resource `{}`", pattern.value), help);
        }
    }
}
