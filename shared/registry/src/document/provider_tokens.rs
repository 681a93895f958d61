//! The part of `[[issuers]]` about access tokens that the identity provider mints for this gateway (RFC 9068).
//!
//! ```toml
//! [[issuers]]
//! modes = ["id_jag", "access_token"]               # the kinds of its tokens that are accepted; default ID-JAGs alone
//! audiences = { "api://weir" = "/mcp" }            # what it writes as `aud` in place of `https://HOST/mcp`
//! clients = { "0oa1B2c3" = "claude-code" }         # the clients' ids there, and here; only these then
//! ```

use std::collections::BTreeMap;

use oauth::protected_resource::ProtectedResource;

use super::names::{CLIENT_ID, LABEL};
use crate::fault::Faults;
use crate::snapshot::IssuerMode;
use crate::source::Located;
use crate::table::{Rule, Table};

/// Maximum number of clients that one issuer's ids are mapped to: the gateway record is read with each cold start.
const MAXIMUM_CLIENTS: usize = 256;

/// Maximum number of further audiences, of which each stands for one virtual server or for `/mcp`.
const MAXIMUM_AUDIENCES: usize = 64;

const MODE: Rule = Rule { holds: |text| IssuerMode::parse(text).is_some(), says: "be `id_jag` or `access_token`" };

/// The settings of one issuer.
#[derive(Debug)]
pub(super) struct ProviderTokens {
    pub(super) modes: Vec<IssuerMode>,
    pub(super) audiences: BTreeMap<String, Located<String>>,
    pub(super) clients: BTreeMap<String, Located<String>>,
}

impl ProviderTokens {
    pub(super) fn read(table: &mut Table<'_>, faults: &mut Faults) -> Self {
        let is_default = table.is_absent("modes");
        let written = table.texts("modes", &MODE, faults);
        let modes = match is_default {
            true => vec![IssuerMode::IdJag],
            false => written.iter().filter_map(|mode| IssuerMode::parse(&mode.value)).collect(),
        };
        let path = |text: &str| ProtectedResource::from_path(text).is_some();
        let audiences = map(table, "audiences", (path, "be `/mcp` or `/mcp/NAME`"), MAXIMUM_AUDIENCES, faults);
        let clients = map(
            table,
            "clients",
            (CLIENT_ID.holds, "be the `id` of one of `[[clients]]`: `{ \"ID THERE\" = \"ID HERE\" }`"),
            MAXIMUM_CLIENTS,
            faults,
        );
        let first = audiences.values().chain(clients.values()).next();
        if let Some(first) = first.filter(|_| !modes.contains(&IssuerMode::AccessToken)) {
            let help = "add `access_token` to `modes`, or remove them".to_owned();
            faults.error(&first.place, "`audiences` and `clients` are for access tokens alone", help);
        }
        Self { modes, audiences, clients }
    }
}

/// Reads a table of texts, with at most `most` entries, whose keys are values of the identity provider.
pub(super) fn map(
    table: &mut Table<'_>,
    key: &'static str,
    (holds, says): (fn(&str) -> bool, &str),
    most: usize,
    faults: &mut Faults,
) -> BTreeMap<String, Located<String>> {
    let entries = table.entries(key, &LABEL, faults);
    if let Some(entry) = entries.get(most) {
        faults.error(&entry.name.place, format!("`{key}` has at most {most} entries"), None);
    }
    let mut map = BTreeMap::new();
    for entry in entries {
        if entry.name.value.contains('…') {
            let message = format!("`{}` in `{key}` is cut short by `…`, as examples are", entry.name.value);
            faults.error(&entry.name.place, message, "write all of it".to_owned());
            continue;
        }
        match entry.as_text().filter(|text| holds(&text.value)) {
            Some(text) => drop(map.insert(entry.name.value, text)),
            None => faults.error(&entry.name.place, format!("`{}` in `{key}` must {says}", entry.name.value), None),
        }
    }
    map
}
