//! Agreement: what the files of a folder say of each other. Every name is there, and stands for one thing.
//!
//! Where a file couldn't be read whole, a name that is missing may be in the part that is: then nothing is said of it.

mod exposed;
mod policies;

use std::collections::{BTreeSet, HashMap};

use policy::Kind;

use crate::document::Documents;
use crate::fault::{Faults, Place, did_you_mean};
use crate::resource;
use crate::source::Written;

/// Reports every name that is missing or taken twice.
pub fn check(documents: &Documents, faults: &mut Faults) {
    check_duplicates(documents, faults);
    exposed::check(documents, faults);
    let names = Names::of(documents);
    check_grants(documents, &names, faults);
    check_quarantine(documents, &names, faults);
    policies::check(documents, &names, faults);
}

/// The names of one kind.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    /// What the kind is called.
    kind: &'static str,
    names: BTreeSet<&'a str>,
    /// Whether there may be others that couldn't be read.
    complete: bool,
}

impl<'a> Known<'a> {
    fn new(kind: &'static str, complete: bool, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { kind, names: names.into_iter().collect(), complete }
    }

    /// What is wrong with `name`, and the help: that nothing has it.
    fn missing(&self, name: &str) -> Option<(String, Option<String>)> {
        let missing = self.complete && !self.names.contains(name);
        missing.then(|| {
            let help = did_you_mean(name, self.names.iter().copied());
            (format!("there is no {} `{name}`", self.kind), help)
        })
    }

    fn check(&self, written: &Written<String>, faults: &mut Faults) {
        if let Some((message, help)) = self.missing(&written.value) {
            faults.error(&written.place, message, help);
        }
    }

    fn check_all(&self, written: &[Written<String>], faults: &mut Faults) {
        written.iter().for_each(|name| self.check(name, faults));
    }
}

/// Every name that a file may use of another.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    tools: Known<'a>,
    resources: Known<'a>,
    prompts: Known<'a>,
    origins: Known<'a>,
    virtual_servers: Known<'a>,
    roles: Known<'a>,
    groups: Known<'a>,
    teams: Known<'a>,
    clients: Known<'a>,
    issuers: Known<'a>,
}

impl<'a> Names<'a> {
    fn of(documents: &'a Documents) -> Self {
        let gateway = &documents.gateway;
        let servers = documents.virtual_servers.values();
        let read_all = servers.clone().all(|virtual_server| virtual_server.complete);
        let exposed = |kind: Kind| {
            let listed = servers.clone().flat_map(move |virtual_server| virtual_server.of(kind));
            Known::new(kind.as_str(), read_all, listed.map(|listed| listed.exposed.value.as_str()))
        };
        let groups = || gateway.groups.iter();
        let complete = gateway.complete;
        Self {
            tools: exposed(Kind::Tool),
            resources: exposed(Kind::Resource),
            prompts: exposed(Kind::Prompt),
            origins: Known::new("origin", true, documents.origins.keys().map(String::as_str)),
            virtual_servers: Known::new("virtual server", true, documents.virtual_servers.keys().map(String::as_str)),
            roles: Known::new("role", complete.roles, gateway.roles.iter().map(|role| role.name.value.as_str())),
            groups: Known::new("group", complete.groups, groups().map(|group| group.name.value.as_str())),
            teams: Known::new(
                "team",
                complete.groups,
                groups().filter_map(|group| group.team.as_ref()).map(|team| team.value.as_str()),
            ),
            clients: Known::new(
                "client",
                complete.clients,
                gateway.clients.iter().map(|client| client.id.value.as_str()),
            ),
            issuers: Known::new(
                "issuer",
                complete.issuers,
                // Callers without a token are the gateway's own.
                gateway.issuers.iter().map(|issuer| issuer.issuer.value.as_str()).chain([gateway.url.as_str()]),
            ),
        }
    }

    fn exposed(&self, kind: Kind) -> &Known<'a> {
        match kind {
            Kind::Tool => &self.tools,
            Kind::Resource => &self.resources,
            Kind::Prompt => &self.prompts,
        }
    }
}

fn check_duplicates(documents: &Documents, faults: &mut Faults) {
    let gateway = &documents.gateway;
    once("issuer", gateway.issuers.iter().map(|issuer| &issuer.name), faults);
    once("`issuer`", gateway.issuers.iter().map(|issuer| &issuer.issuer), faults);
    once("client", gateway.clients.iter().map(|client| &client.id), faults);
    once("role", gateway.roles.iter().map(|role| &role.name), faults);
    once("group", gateway.groups.iter().map(|group| &group.name), faults);
    let hashes = gateway.clients.iter().flat_map(|client| &client.secret_hashes);
    once("client secret", hashes, faults);
}

/// Reports each name that an earlier one of its kind has.
fn once<'a>(kind: &str, names: impl Iterator<Item = &'a Written<String>>, faults: &mut Faults) {
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

/// A misspelled name here would freeze nobody.
fn check_quarantine(documents: &Documents, names: &Names<'_>, faults: &mut Faults) {
    let quarantine = &documents.quarantine;
    for principal in &quarantine.principals {
        let issuer = principal.value.split_once('|').map_or("", |(issuer, _)| issuer);
        if let Some((message, help)) = names.issuers.missing(issuer) {
            faults.error(&principal.place, message, help);
        }
    }
    names.clients.check_all(&quarantine.agents, faults);
    names.origins.check_all(&quarantine.origins, faults);
    names.tools.check_all(&quarantine.tools, faults);
    names.prompts.check_all(&quarantine.prompts, faults);
    for pattern in &quarantine.resources {
        let of_it = |listed: &&str| resource::overlaps(listed, &pattern.value);
        if names.resources.complete && !names.resources.names.iter().any(of_it) {
            let help = did_you_mean(&pattern.value, names.resources.names.iter().copied());
            faults.error(&pattern.place, format!("no virtual server has a resource `{}`", pattern.value), help);
        }
    }
}
