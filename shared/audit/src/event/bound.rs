//! Bounds of an event's members, which together keep its JSON text shorter than [`EVENT_BYTES`].
//!
//! All bounds are bytes of JSON text, in which a control character takes six.

use std::borrow::Cow;

use super::{AuditEvent, Defective, EVENT_BYTES, InputRequests, Unavailable};
use crate::redaction::{MARK_BYTES, RedactedArguments};

/// Bound of a name from the registry or Weir, which has at most 63 characters.
const NAME: usize = 256;
/// Bound of a text from the client. An exposed tool name has at most 128 characters. A signed token is longer, so that
/// a client can't get a whole token into an event.
const CLAIMED: usize = 128;
/// Bound of an identifier from an identity provider.
const IDENTIFIER: usize = 1024;
/// Bound of one group or rule, and of `detail`.
const ENTRY: usize = 512;
/// Bound of the lists of groups, rules, unavailable and defective origins, each.
const LIST: usize = 16_000;
/// Bound of the list of requests for input: some 60 of usual names, and never fewer than nine.
const REQUESTS: usize = 8_000;
/// Bound of `truncated`: at most 24 names of members.
const TRUNCATED: usize = 512;
/// Bound of all members' names, punctuation, numbers and one-word members.
const FRAME: usize = 2_000;

/// user 2, client_id, resource · time, minute, 3 session ids, team, project, virtual server, origin, reason, amount,
/// currency · agent name, version, method, protocol version, tool, resource_uri, prompt · detail.
const TEXTS: usize = 4 * IDENTIFIER + 12 * NAME + 7 * CLAIMED + ENTRY;

const LISTS: usize = 4 * LIST + REQUESTS;

const _: () = assert!(TEXTS + LISTS + TRUNCATED + FRAME + MARK_BYTES < EVENT_BYTES, "an event should fit its bound");

/// Shortens the members that exceed their bounds and names them in `truncated`.
pub(super) fn shorten(event: &mut AuditEvent) {
    let mut truncated = Vec::new();
    let mut member = |name: &'static str, cut: bool| {
        if cut || event.truncated.iter().any(|before| *before == name) {
            truncated.push(Cow::Borrowed(name));
        }
    };
    member("time", cut(&mut event.time, NAME));
    member("refusals", event.refusals.as_mut().is_some_and(|refusals| cut(&mut refusals.minute, NAME)));
    member(
        "user",
        event.user.as_mut().is_some_and(|user| cut(&mut user.issuer, IDENTIFIER) | cut(&mut user.subject, IDENTIFIER)),
    );
    member(
        "agent",
        event.agent.as_mut().is_some_and(|agent| {
            cut(&mut agent.client_id, IDENTIFIER)
                | cut_option(&mut agent.name, CLAIMED)
                | cut_option(&mut agent.version, CLAIMED)
        }),
    );
    member("groups", cut_list(&mut event.groups));
    member("team", cut_option(&mut event.team, NAME));
    member("project", cut_option(&mut event.project, NAME));
    member("resource", cut_option(&mut event.resource, IDENTIFIER));
    member("virtual_server", cut_option(&mut event.virtual_server, NAME));
    member("origin", cut_option(&mut event.origin, NAME));
    member("unavailable", cut_unavailable(&mut event.unavailable));
    member("defective", cut_defective(&mut event.defective));
    member("input_requests", cut_input_requests(&mut event.input_requests));
    member("method", cut_option(&mut event.method, CLAIMED));
    member("protocol_version", cut_option(&mut event.protocol_version, CLAIMED));
    member("tool", cut_option(&mut event.tool, CLAIMED));
    member("resource_uri", cut_option(&mut event.resource_uri, CLAIMED));
    member("prompt", cut_option(&mut event.prompt, CLAIMED));
    // Only a tree that wasn't made by `redact` can be longer, or have several lines.
    member(
        "arguments",
        event.arguments.as_mut().is_some_and(|arguments| {
            let foreign = arguments.as_str().len() > MARK_BYTES || arguments.as_str().contains(['\n', '\r']);
            if foreign {
                *arguments = RedactedArguments::unreadable();
            }
            foreign
        }),
    );
    member("outcome", event.outcome.reason.as_mut().is_some_and(|reason| cut_cow(reason, NAME)));
    member("detail", cut_option(&mut event.detail, ENTRY));
    member(
        "session",
        event.session.as_mut().is_some_and(|session| {
            cut(&mut session.trace_id, NAME)
                | cut(&mut session.span_id, NAME)
                | cut_option(&mut session.parent_id, NAME)
        }),
    );
    member("decision", event.decision.as_mut().is_some_and(|decision| cut_list(&mut decision.rules)));
    member(
        "cost",
        event.cost.as_mut().is_some_and(|cost| match cost {
            crate::Cost::Priced { amount, currency } => cut(amount, NAME) | cut(currency, NAME),
            crate::Cost::Unpriced => false,
        }),
    );
    event.truncated = truncated;
}

/// Cuts `text` so that its JSON string takes at most `limit` bytes; true if it was cut.
fn cut(text: &mut String, limit: usize) -> bool {
    let end = fitting(text, limit);
    let cut = end < text.len();
    text.truncate(end);
    cut
}

fn cut_option(text: &mut Option<String>, limit: usize) -> bool {
    text.as_mut().is_some_and(|text| cut(text, limit))
}

fn cut_cow(text: &mut Cow<'static, str>, limit: usize) -> bool {
    fitting(text, limit) < text.len() && cut(text.to_mut(), limit)
}

/// Cuts every entry to [`ENTRY`] and the list to [`LIST`]; true if anything was cut.
fn cut_list(list: &mut Vec<String>) -> bool {
    cut_each(list, LIST, |entry| (cut(entry, ENTRY), encoded(entry) + 1))
}

/// Cuts names and reasons to [`NAME`] and the list to [`LIST`]; true if anything was cut.
fn cut_unavailable(list: &mut Vec<Unavailable>) -> bool {
    /// `{"origin":,"reason":},`
    const PUNCTUATION: usize = 23;
    cut_each(list, LIST, |one| {
        let shortened = cut(&mut one.origin, NAME) | cut_cow(&mut one.reason, NAME);
        (shortened, encoded(&one.origin) + encoded(&one.reason) + PUNCTUATION)
    })
}

/// Cuts names and reasons to [`NAME`] and the list to [`LIST`]; true if anything was cut.
fn cut_defective(list: &mut Vec<Defective>) -> bool {
    /// `{"origin":,"repaired":,"left_out":,"reason":},` and two numbers of up to 20 digits.
    const FRAME: usize = 47 + 40;
    cut_each(list, LIST, |one| {
        let shortened = cut(&mut one.origin, NAME) | one.reason.as_mut().is_some_and(|reason| cut_cow(reason, NAME));
        (shortened, encoded(&one.origin) + one.reason.as_deref().map_or(0, encoded) + FRAME)
    })
}

/// Cuts names and reasons to [`NAME`] and the list to [`REQUESTS`]; true if anything was cut.
fn cut_input_requests(list: &mut Vec<InputRequests>) -> bool {
    /// `{"origin":,"request":,"passed":,"refused":,"reason":},` and two numbers of up to 20 digits.
    const FRAME: usize = 55 + 40;
    cut_each(list, REQUESTS, |one| {
        let shortened = cut(&mut one.origin, NAME)
            | cut_cow(&mut one.request, NAME)
            | one.reason.as_mut().is_some_and(|reason| cut_cow(reason, NAME));
        let texts = encoded(&one.origin) + encoded(&one.request) + one.reason.as_deref().map_or(0, encoded);
        (shortened, texts + FRAME)
    })
}

/// Cuts every entry with `cut` and the list to `limit`. `cut` returns true if it cut, and the entry's new length.
fn cut_each<T>(list: &mut Vec<T>, limit: usize, mut cut: impl FnMut(&mut T) -> (bool, usize)) -> bool {
    let mut shortened = false;
    let mut length = 0;
    let mut kept = 0;
    for entry in list.iter_mut() {
        let (was_cut, bytes) = cut(entry);
        shortened |= was_cut;
        length += bytes;
        if length > limit {
            break;
        }
        kept += 1;
    }
    shortened |= kept < list.len();
    list.truncate(kept);
    shortened
}

/// The length of the longest prefix of `text` whose JSON string takes at most `limit` bytes.
fn fitting(text: &str, limit: usize) -> usize {
    if text.len() * 6 + 2 <= limit {
        return text.len();
    }
    let mut length = 2;
    text.char_indices()
        .find(|(_, character)| {
            length += escaped(*character);
            length > limit
        })
        .map_or(text.len(), |(at, _)| at)
}

/// The length of `text` as a JSON string.
fn encoded(text: &str) -> usize {
    text.chars().map(escaped).sum::<usize>() + 2
}

/// The length of one character in a JSON string (RFC 8259 §7, as `serde_json` writes it).
const fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => 2,
        '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}
