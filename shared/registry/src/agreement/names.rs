//! The declared names of a folder, by kind.

use std::collections::BTreeSet;

use policy::Kind;

use crate::document::{Documents, trust};
use crate::fault::{Faults, did_you_mean, nearest};
use crate::source::Located;

/// The declared names of one kind.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// The kind in messages, such as `origin`.
    kind: &'static str,
    pub(super) names: BTreeSet<&'a str>,
    /// False if there may be more names, which couldn't be read.
    pub(super) complete: bool,
    /// True for a name that needs no declaration.
    is_undeclared: fn(&str) -> bool,
}

impl<'a> Known<'a> {
    pub(super) fn new(kind: &'static str, complete: bool, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { kind, names: names.into_iter().collect(), complete, is_undeclared: |_| false }
    }

    /// The message and help for a `name` that isn't declared; `None` if it is, or may be.
    pub(super) fn missing(&self, name: &str) -> Option<(String, Option<String>)> {
        let missing = self.complete && !self.names.contains(name) && !(self.is_undeclared)(name);
        missing.then(|| {
            let help = did_you_mean(name, self.names.iter().copied());
            (format!("there is no {} `{name}`", self.kind), help)
        })
    }

    /// The declared name that `name` is probably meant to be.
    pub(super) fn nearest(&self, name: &str) -> Option<&'a str> {
        nearest(name, &self.names.iter().copied().collect::<Vec<_>>())
    }

    pub(super) fn check(&self, written: &Located<String>, faults: &mut Faults) {
        if let Some((message, help)) = self.missing(&written.value) {
            faults.error(&written.place, message, help);
        }
    }

    pub(super) fn check_all(&self, written: &[Located<String>], faults: &mut Faults) {
        written.iter().for_each(|name| self.check(name, faults));
    }
}

/// The declared names of every kind.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) tools: Known<'a>,
    pub(super) resources: Known<'a>,
    pub(super) prompts: Known<'a>,
    pub(super) origins: Known<'a>,
    pub(super) virtual_servers: Known<'a>,
    pub(super) roles: Known<'a>,
    pub(super) groups: Known<'a>,
    pub(super) teams: Known<'a>,
    pub(super) clients: Known<'a>,
    pub(super) services: Known<'a>,
    pub(super) issuers: Known<'a>,
    /// The gateway's own URL: the issuer of services.
    pub(super) gateway: &'a str,
}

impl<'a> Names<'a> {
    pub(super) fn of(documents: &'a Documents) -> Self {
        let gateway = &documents.gateway;
        let servers = documents.virtual_servers.values();
        let read_all = servers.clone().all(|virtual_server| virtual_server.complete);
        let exposed = |kind: Kind| {
            let listed = servers.clone().flat_map(move |virtual_server| virtual_server.of(kind));
            Known::new(kind.as_str(), read_all, listed.map(|listed| listed.exposed.value.as_str()))
        };
        let groups = || gateway.groups.iter();
        let complete = gateway.complete;
        let listed = gateway.clients.iter().map(|client| client.id.value.as_str());
        let mut clients = Known::new("client", complete.clients, listed);
        if gateway.sign_in.is_some() {
            // Policies and the quarantine may name clients that a sign-in lets in without an entry.
            clients.is_undeclared = trust::is_unlisted_client;
        }
        let services = gateway.clients.iter().filter(|client| client.service.is_some());
        let services = Known::new("service", complete.clients, services.map(|client| client.id.value.as_str()));
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
                groups()
                    .filter_map(|group| group.team.as_ref())
                    .chain(servers.clone().filter_map(|server| server.team.as_ref()))
                    .map(|team| team.value.as_str()),
            ),
            clients,
            services,
            gateway: &gateway.url,
            issuers: Known::new(
                "issuer",
                complete.issuers,
                // The issuer of callers without a token is the gateway itself.
                gateway.issuers.iter().map(|issuer| issuer.issuer.value.as_str()).chain([gateway.url.as_str()]),
            ),
        }
    }

    pub(super) fn exposed(&self, kind: Kind) -> &Known<'a> {
        match kind {
            Kind::Tool => &self.tools,
            Kind::Resource => &self.resources,
            Kind::Prompt => &self.prompts,
        }
    }
}
