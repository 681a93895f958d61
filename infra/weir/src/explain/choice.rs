//! The virtual server and the team that apply, each with its source: flag, service, claim or group.

use registry::snapshot::GroupAssignment;

use super::answer::{ChargedTeam, Choice, SourceLine};
use super::mapping::Mapping;
use super::question::Question;
use super::source::Source;

/// The team that pays, by a claim (unless the flag is given), the service's entry, the flag, or the deciding group.
pub(super) fn charged_team(
    source: &Source,
    question: &Question,
    mapping: Option<&Mapping>,
    deciding: Option<(&str, GroupAssignment)>,
) -> Option<ChargedTeam> {
    let of_claims = mapping.map(|mapping| &mapping.membership);
    if let Some(membership) = of_claims.filter(|_| question.team.is_none())
        && let Some(name) = &membership.team
    {
        let team = Choice { name: name.clone(), via: "claim", group: None, place: SourceLine::default() };
        return Some(ChargedTeam { team, project: membership.project.clone() });
    }
    if let Some(service) = source.service(question)
        && let Some(name) = &service.team
    {
        let team = Choice { name: name.clone(), via: "service", group: None, place: SourceLine::default() };
        return Some(ChargedTeam { team, project: service.project.clone() });
    }
    if let Some(name) = &question.team {
        return Some(ChargedTeam { team: by_flag(name), project: None });
    }
    let (group, assignment) = deciding?;
    let project = of_claims.and_then(|membership| membership.project.clone()).or(assignment.project);
    Some(ChargedTeam { team: by_group(source, assignment.team?, group), project })
}

/// The virtual server, by the flag or the deciding group.
pub(super) fn virtual_server(
    source: &Source,
    question: &Question,
    deciding: Option<(&str, GroupAssignment)>,
) -> Option<Choice> {
    if let Some(name) = &question.virtual_server {
        return Some(by_flag(name));
    }
    let (group, assignment) = deciding?;
    Some(by_group(source, assignment.virtual_server?, group))
}

fn by_flag(name: &str) -> Choice {
    Choice { name: name.to_owned(), via: "flag", group: None, place: SourceLine::default() }
}

fn by_group(source: &Source, name: String, group: &str) -> Choice {
    let place = source.documents().and_then(|documents| documents.place_of_group(group));
    Choice { name, via: "group", group: Some(group.to_owned()), place: place.into() }
}
