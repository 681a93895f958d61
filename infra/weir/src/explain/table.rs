//! The answer as a table: caller, virtual server and team, then one line per action on each tool, resource and prompt.

use std::fmt::Write as _;

use super::answer::{Answer, Caller, ChargedTeam, Choice, Ruling};
use super::mapping::Mapping;

/// Renders the answer as a table.
pub fn table(answer: &Answer) -> String {
    let mut head = vec![
        ["caller".to_owned(), caller(&answer.caller)],
        ["virtual server".to_owned(), answer.virtual_server.as_ref().map_or_else(|| "none".to_owned(), choice)],
        ["team".to_owned(), answer.team.as_ref().map_or_else(|| "none".to_owned(), charged_team)],
    ];
    let mapped = answer.mapping.iter().flat_map(Mapping::lines);
    head.extend(mapped.map(|line| ["mapping".to_owned(), line]));
    if let Some(refusal) = &answer.refusal {
        head.push(["refused".to_owned(), format!("{}: {}", refusal.reason, refusal.because)]);
    }
    let mut text = aligned(&head);
    let mut rows = vec![["NAME", "ACTION", "ANSWER", "REASON", "WHY"].map(str::to_owned)];
    for exposed in answer.exposed() {
        rows.extend(exposed.rulings().map(|(action, ruling)| {
            let (name, effect) = (exposed.label().replace('`', ""), ruling.effect.as_str().to_owned());
            [name, action.to_owned(), effect, reason(ruling), ruling.because.clone()]
        }));
    }
    if rows.len() > 1 {
        text += &format!("\n{}", aligned(&rows));
    }
    for (origin, requests) in answer.asking() {
        let _ = writeln!(text, "\nthe origin {origin} may ask the caller for: {requests}");
    }
    for (origin, credential) in answer.with_token() {
        let _ = writeln!(text, "\nthe origin {origin} gets an access token: {credential}");
    }
    if let Some(hidden) = answer.hidden() {
        let _ = writeln!(text, "\nnot in the caller's list: {hidden}");
    }
    for note in &answer.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// The caller as `ISSUER|SUBJECT through AGENT in GROUPS at INSTANT from ADDRESS in COUNTRY`.
pub fn caller(caller: &Caller) -> String {
    let service = caller.service.as_ref().map(|service| format!("the service {service}"));
    let is_service = service.is_some();
    let mut text = caller.user.clone().or(service).unwrap_or_else(|| "anybody".to_owned());
    if let Some(agent) = caller.agent.as_ref().filter(|_| !is_service) {
        let _ = write!(text, " through {agent}");
    }
    match caller.groups.as_slice() {
        [] => text += " in no group",
        groups => {
            let _ = write!(text, " in `{}`", groups.join("`, `"));
        }
    }
    let _ = write!(text, " at {}", caller.at);
    if let Some(address) = caller.address {
        let _ = write!(text, " from {address}");
    }
    if let Some(country) = &caller.country {
        let _ = write!(text, " in {country}");
    }
    text
}

/// The choice as `NAME, by group GROUP (FILE:LINE)`.
pub fn choice(choice: &Choice) -> String {
    match &choice.group {
        Some(group) => format!("{}, by group `{group}`{}", choice.name, choice.place),
        None if choice.via == "claim" => format!("{}, by a claim", choice.name),
        None if choice.via == "service" => format!("{}, by its entry", choice.name),
        None => format!("{}, as asked", choice.name),
    }
}

/// The team that pays, as `TEAM, by group GROUP (FILE:LINE), for project PROJECT`.
pub fn charged_team(charged: &ChargedTeam) -> String {
    let team = choice(&charged.team);
    match &charged.project {
        Some(project) => format!("{team}, for project `{project}`"),
        None => team,
    }
}

/// `REASON/DETAIL`, or `-` without either.
fn reason(ruling: &Ruling) -> String {
    let parts: Vec<&str> = [ruling.reason, ruling.detail].into_iter().flatten().collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join("/") }
}

/// Aligns the columns of rows.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_without_trailing_spaces() {
        let rows = [["é", "b", ""], ["aaa", "b", "c"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "é    b\naaa  b  c\n");
    }
}
