//! Sentence: the answer as people say it.

use super::answer::{Answer, Effect, Ruling};
use super::table::{caller, decided, payer};

/// The answer in sentences, one paragraph.
pub fn sentence(answer: &Answer) -> String {
    let server = match &answer.virtual_server {
        Some(server) => format!("is served by the virtual server {}", decided(server)),
        None => "has no virtual server".to_owned(),
    };
    let team = match &answer.team {
        Some(team) => format!("it is paid by the team {}", payer(team)),
        None => "no team pays".to_owned(),
    };
    let mut sentences = vec![format!("{} {server}; {team}.", caller(&answer.caller))];
    if let Some(refusal) = &answer.refusal {
        sentences.push(format!("Everything is refused ({}): {}.", refusal.reason, refusal.because));
    }
    let overall = answer.refusal.as_ref().map(|refusal| &refusal.because);
    for tool in &answer.tools {
        for (action, ruling) in [("list", &tool.list), ("call", &tool.call)] {
            // What refuses everything is said once.
            let ruling = ruling.as_ref().filter(|ruling| Some(&ruling.because) != overall);
            sentences.extend(ruling.map(|ruling| told(action, &tool.tool, ruling)));
        }
    }
    if !answer.hidden.is_empty() && answer.tools.len() != 1 && overall.is_none() {
        sentences.push(format!("Not in the list: `{}`.", answer.hidden.join("`, `")));
    }
    sentences.join(" ")
}

fn told(action: &str, tool: &str, ruling: &Ruling) -> String {
    let because = &ruling.because;
    let reason = ruling.detail.or(ruling.reason).unwrap_or_default();
    match ruling.effect {
        Effect::Permit => format!("May {action} `{tool}`, by {because}."),
        Effect::Refusal => format!("May not {action} `{tool}` ({reason}): {because}."),
        Effect::Depends => format!("Whether it may {action} `{tool}` {because}."),
    }
}
