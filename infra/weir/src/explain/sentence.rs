//! The answer in sentences.

use super::answer::{Answer, Effect, Ruling};
use super::mapping::Mapping;
use super::table::{caller, charged_team, choice};

/// Renders the answer as one paragraph.
pub fn sentence(answer: &Answer) -> String {
    let server = match &answer.virtual_server {
        Some(server) => format!("is served by the virtual server {}", choice(server)),
        None => "has no virtual server".to_owned(),
    };
    let team = match &answer.team {
        Some(team) => format!("it is paid by the team {}", charged_team(team)),
        None => "no team pays".to_owned(),
    };
    let mut sentences = vec![format!("{} {server}; {team}.", caller(&answer.caller))];
    let mapped = answer.mapping.iter().flat_map(Mapping::lines);
    sentences.extend(mapped.map(|line| format!("The claims: {line}.")));
    if let Some(refusal) = &answer.refusal {
        sentences.push(format!("Everything is refused ({}): {}.", refusal.reason, refusal.because));
    }
    let overall = answer.refusal.as_ref().map(|refusal| &refusal.because);
    for exposed in answer.exposed() {
        // The refusal of everything is stated once.
        let rulings = exposed.rulings().filter(|(_, ruling)| Some(&ruling.because) != overall);
        sentences.extend(rulings.map(|(action, ruling)| phrase(action, &exposed.label(), ruling)));
    }
    sentences.extend(
        answer.asking().into_iter().map(|(origin, names)| format!("The origin `{origin}` may ask for: {names}.")),
    );
    let with_token = answer.with_token().into_iter();
    sentences.extend(with_token.map(|(origin, kind)| format!("The origin `{origin}` gets an access token: {kind}.")));
    if let Some(hidden) = answer.hidden().filter(|_| answer.exposed().count() != 1 && overall.is_none()) {
        sentences.push(format!("Not in the list: {hidden}."));
    }
    sentences.join(" ")
}

/// One ruling as a sentence.
fn phrase(action: &str, name: &str, ruling: &Ruling) -> String {
    let because = &ruling.because;
    let reason = ruling.detail.or(ruling.reason).unwrap_or_default();
    match ruling.effect {
        Effect::Permit => format!("May {action} {name}, by {because}."),
        Effect::Refusal => format!("May not {action} {name} ({reason}): {because}."),
        Effect::Depends => format!("Permission to {action} {name} {because}."),
    }
}
