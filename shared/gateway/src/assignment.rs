//! Assignment: the group of a caller that decides the virtual server at `POST /mcp`, or the team that pays.

use std::rc::Rc;

use oauth::membership::Membership;
use ports::Host;
use registry::assignment;
use registry::snapshot::{GroupAssignment, assignment_shard};

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::records;
use crate::virtual_server::VirtualServer;

/// The team that pays for the calls of a user, and its project: those of the claims, else those of the first group that
/// has a team.
pub(crate) async fn payer<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    membership: &Membership,
) -> Result<(Option<String>, Option<String>), Failure> {
    let Membership { groups, team, project } = membership;
    if team.is_some() {
        return Ok((team.clone(), project.clone()));
    }
    let payer = decisive(gateway, live, groups, |assignment| assignment.team.is_some()).await?;
    Ok(payer.map_or((None, None), |payer| (payer.team, project.clone().or(payer.project))))
}

/// The virtual server that is assigned to the caller's groups, if one is.
pub(crate) async fn virtual_server<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    groups: &[String],
) -> Result<Option<Rc<VirtualServer>>, Failure> {
    let assigned = decisive(gateway, live, groups, |assignment| assignment.virtual_server.is_some()).await?;
    match assigned.and_then(|assignment| assignment.virtual_server) {
        Some(name) => Ok(records::virtual_server(gateway, live, &name).await?.found),
        None => Ok(None),
    }
}

/// The first assignment, in registry order, of the caller's groups for which `is_relevant` is true.
async fn decisive<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    groups: &[String],
    is_relevant: fn(&GroupAssignment) -> bool,
) -> Result<Option<GroupAssignment>, Failure> {
    let mut shards = Vec::new();
    for group in groups {
        let shard = assignment_shard(group, live.gateway.assignment_shards);
        shards.push((group.as_str(), records::assignments(gateway, live, shard).await?));
    }
    let held = shards.iter().filter_map(|(group, shard)| Some((*group, shard.groups.get(*group)?)));
    Ok(assignment::decisive(held, is_relevant).map(|(_, assignment)| assignment.clone()))
}
