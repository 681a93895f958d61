//! Agreement: what the files of a folder say of each other. Every name is there, and stands for one thing.
//!
//! Where a file couldn't be read whole, a name that is missing may be in the part that is: then nothing is said of it.

mod policies;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::document::Documents;
use crate::document::virtual_server::{ListedTool, VirtualServerDocument};
use crate::fault::{Faults, Place, did_you_mean};
use crate::source::Written;

/// Reports every name that is missing or taken twice.
pub fn check(documents: &Documents, faults: &mut Faults) {
    check_duplicates(documents, faults);
    for virtual_server in documents.virtual_servers.values() {
        check_tools(virtual_server, documents, faults);
    }
    check_exposed_names(documents, faults);
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
        let listed = documents.virtual_servers.values();
        let read_all = listed.clone().all(|virtual_server| virtual_server.complete);
        let tools = listed.flat_map(|virtual_server| &virtual_server.tools).map(|tool| tool.exposed.value.as_str());
        let groups = || gateway.groups.iter();
        let complete = gateway.complete;
        Self {
            tools: Known::new("tool", read_all, tools),
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
                gateway.issuers.iter().map(|issuer| issuer.issuer.value.as_str()),
            ),
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

fn check_tools(virtual_server: &VirtualServerDocument, documents: &Documents, faults: &mut Faults) {
    let origins = Known::new("origin", true, documents.origins.keys().map(String::as_str));
    for tool in &virtual_server.tools {
        origins.check(&tool.origin, faults);
        let Some(origin) = documents.origins.get(&tool.origin.value) else {
            continue;
        };
        if origin.complete && !origin.tools.contains_key(&tool.tool.value) {
            let help = did_you_mean(&tool.tool.value, origin.tools.keys().map(String::as_str));
            let message = format!(
                "the origin `{}` declares no tool `{}` ({} has no `[tools.{}]`)",
                tool.origin.value, tool.tool.value, origin.name.place.file, tool.tool.value
            );
            faults.error(&tool.tool.place, message, help);
        }
    }
}

/// An exposed name is a tool's identity in policies: one name must never mean two tools, in any virtual server.
fn check_exposed_names(documents: &Documents, faults: &mut Faults) {
    let mut by_name: HashMap<&str, &ListedTool> = HashMap::new();
    let mut by_tool: BTreeMap<(&str, &str), &ListedTool> = BTreeMap::new();
    for virtual_server in documents.virtual_servers.values() {
        let mut here: HashMap<&str, &ListedTool> = HashMap::new();
        for tool in &virtual_server.tools {
            let name = tool.exposed.value.as_str();
            let target = (tool.origin.value.as_str(), tool.tool.value.as_str());
            if let Some(earlier) = here.insert(name, tool) {
                let message = format!("the exposed name `{name}` is already at {}", earlier.exposed.place);
                faults.error(&tool.exposed.place, message, "give one of the two another `name`".to_owned());
                continue;
            }
            let first = *by_name.entry(name).or_insert(tool);
            if (first.origin.value.as_str(), first.tool.value.as_str()) != target {
                let message = format!("the exposed name `{name}` means another tool at {}", first.exposed.place);
                let help = "policies know a tool by its exposed name, so it must mean the same everywhere";
                faults.error(&tool.exposed.place, message, help.to_owned());
                continue;
            }
            let first = *by_tool.entry(target).or_insert(tool);
            if first.exposed.value != name {
                let message =
                    format!("the tool `{}` of `{}` is also exposed as `{}`", target.1, target.0, first.exposed.value);
                let help = format!("a policy for one name doesn't hold for the other; see {}", first.exposed.place);
                faults.warning(&tool.exposed.place, message, help);
            }
        }
    }
}

fn check_grants(documents: &Documents, names: &Names<'_>, faults: &mut Faults) {
    let gateway = &documents.gateway;
    for role in &gateway.roles {
        names.tools.check_all(&role.tools, faults);
        names.origins.check_all(&role.origins, faults);
        names.virtual_servers.check_all(&role.virtual_servers, faults);
        if role.tools.is_empty() && role.origins.is_empty() && role.virtual_servers.is_empty() {
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
}
