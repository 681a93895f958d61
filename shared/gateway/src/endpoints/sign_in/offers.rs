//! The numbers of tools, resources and prompts that a person may use at the requested resource, for the consent page.

use oauth::protected_resource::ProtectedResource;
use policy::{Action, Circumstances, Kind};
use ports::{Caller, Clock, Host};

use super::site::Site;
use crate::assignment;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::pages::Offers;
use crate::principal::Principal;
use crate::records;

/// Counts the items that `principal` may use at `resource`. `None` if there are none or if reading the registry fails:
/// the page still asks, and an unknown virtual server looks like one that is closed to the person.
pub(super) async fn count<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    resource: &str,
    principal: &Principal,
) -> Option<Offers> {
    let offers = read(gateway, site, resource, principal).await.ok().flatten()?;
    (offers != Offers::default()).then_some(offers)
}

async fn read<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    resource: &str,
    principal: &Principal,
) -> Result<Option<Offers>, Failure> {
    let server = match ProtectedResource::from_identifier(site.url(), resource) {
        Some(ProtectedResource::Named(name)) => records::virtual_server(gateway, site.live, name).await?.found,
        _ => assignment::virtual_server(gateway, site.live, &principal.claims().groups).await?,
    };
    let Some(server) = server else { return Ok(None) };
    let quarantine = records::quarantine(gateway).await?;
    let caller = gateway.host.caller();
    let (now, address, country) = (gateway.host.clock().now(), caller.address(), caller.country());
    let circumstances = Circumstances { now_seconds: now.seconds(), address, country: country.as_deref() };
    let may_use = |at: &usize| {
        quarantine.frozen(&server.exposed(*at).declaration, None).is_none()
            && server.decide(*at, Action::List, principal, &circumstances, None).permits()
            && !server.never_usable(*at, principal, &circumstances)
    };
    let [tools, resources, prompts] = [Kind::Tool, Kind::Resource, Kind::Prompt]
        .map(|kind| u64::try_from(server.indexes(kind).filter(may_use).count()).unwrap_or(u64::MAX));
    Ok(Some(Offers { tools, resources, prompts }))
}
