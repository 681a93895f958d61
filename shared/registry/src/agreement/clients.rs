//! Agreement of `[[clients]]` and `[[issuers]]` with the rest of the folder: credentials, groups, and mapped names.

use oauth::protected_resource::ProtectedResource;

use super::names::Names;
use crate::document::Documents;
use crate::document::trust::{HASH_ONLY, IssuerDocument};
use crate::fault::Faults;
use crate::snapshot::IssuerMode;

/// Reports clients that have no credential and need one, groups of services that aren't declared, and entries of
/// `group_names`, `clients` and `audiences` that name nothing in the folder.
pub(super) fn check(documents: &Documents, names: &Names<'_>, faults: &mut Faults) {
    let gateway = &documents.gateway;
    let mints = |issuer: &IssuerDocument| issuer.modes.contains(&IssuerMode::AccessToken);
    let by_provider = gateway.issuers.iter().any(mints) || !gateway.complete.issuers;
    for client in &gateway.clients {
        if let Some(place) = &client.without_credential
            && (client.service.is_some() || !by_provider)
        {
            faults.error(place, "`secret_hashes` is missing or empty", HASH_ONLY.to_owned());
        }
        let groups = client.service.iter().flat_map(|service| &service.groups);
        groups.for_each(|group| names.groups.check(group, faults));
        if let Some(place) = client.service.as_ref().and_then(|service| service.without_groups.as_ref()) {
            let message = format!("the service `{}` is in no group: no role permits it anything", client.id.value);
            let help = "write `groups`, as `[[groups]]` names them".to_owned();
            faults.warning(place, message, help);
        }
    }
    for issuer in &gateway.issuers {
        let membership = &issuer.membership;
        let named = membership.group_names.values().chain(&membership.default_groups);
        named.for_each(|group| names.groups.check(group, faults));
        for client in issuer.clients.values() {
            names.clients.check(client, faults);
            if names.services.names.contains(client.value.as_str()) {
                let message = format!("the client `{}` is a service, which acts for no user", client.value);
                let help = "name a client without `service`: these access tokens are of users".to_owned();
                faults.error(&client.place, message, help);
            }
        }
        for (audience, path) in &issuer.audiences {
            if audience.starts_with(&gateway.url) && !gateway.url.is_empty() {
                let help = "remove it: the gateway accepts its own addresses without an entry".to_owned();
                faults.error(&path.place, format!("the audience `{audience}` is of the gateway itself"), help);
            }
            if let Some(ProtectedResource::Named(name)) = ProtectedResource::from_path(&path.value)
                && let Some((message, help)) = names.virtual_servers.missing(name)
            {
                faults.error(&path.place, message, help);
            }
        }
    }
}
