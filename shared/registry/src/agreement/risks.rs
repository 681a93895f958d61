//! Risks: warnings about valid settings that are probably not meant: calls without a price, deletions without a trace,
//! overdue reviews.

use std::collections::BTreeSet;

use policy::Kind;

use crate::document::origin::OriginDocument;
use crate::document::{Documents, GATEWAY_FILE, first_place};
use crate::fault::Faults;

/// Adds the warnings; `today` is `YYYY-MM-DD`.
pub(super) fn check(documents: &Documents, today: Option<&str>, faults: &mut Faults) {
    check_sign_in(documents, faults);
    check_known_secrets(documents, faults);
    for origin in documents.origins.values() {
        check_prices(origin, documents, today, faults);
        check_audit(origin, faults);
        check_review(origin, today, faults);
    }
}

/// If everything is public, no sign-in is needed.
fn check_sign_in(documents: &Documents, faults: &mut Faults) {
    let gateway = &documents.gateway;
    let servers = &documents.virtual_servers;
    if !servers.is_empty() && servers.values().all(|server| server.public().is_some()) {
        return;
    }
    let (issuers, clients) = (gateway.issuers.is_empty(), gateway.clients.is_empty());
    for (key, missing, effect) in [
        ("issuers", issuers && gateway.complete.issuers, "nobody can sign in"),
        ("clients", clients && gateway.complete.clients && gateway.is_sign_in_absent, "no agent can sign in"),
    ] {
        if missing {
            faults.warning(&first_place(GATEWAY_FILE), format!("there is no `[[{key}]]`: {effect}"), None);
        }
    }
}

/// The digest of the demo's client secret, which stands in Weir's repository for everybody to read.
const SECRET_OF_DEMO: &str = "sha256:ac8f63e7e5fd8a88b32ef385726b4faeac6bf1903ee2bbbba6bd9919b04a6f40";

/// A registry often begins as a copy of the demo's.
fn check_known_secrets(documents: &Documents, faults: &mut Faults) {
    if documents.gateway.loopback_origins {
        return;
    }
    for client in &documents.gateway.clients {
        if let Some(hash) = client.secret_hashes.iter().find(|hash| hash.value == SECRET_OF_DEMO) {
            let message =
                format!("the secret of the client `{}` is the demo's, which everybody knows", client.id.value);
            faults.error(&hash.place, message, "make one with `weir client secret`".to_owned());
        }
    }
}

/// Warns of calls without a price on `today`; on any day, if it isn't given.
fn check_prices(origin: &OriginDocument, documents: &Documents, today: Option<&str>, faults: &mut Faults) {
    let listed = documents.virtual_servers.values().flat_map(|server| &server.listed);
    let listed = listed.filter(|listed| listed.origin.value == origin.name.value);
    let listed: BTreeSet<(Kind, &str)> =
        listed.map(|listed| (listed.kind, listed.origin_name.value.as_str())).collect();
    // A price that couldn't be read may be there.
    if !origin.complete || !origin.prices_complete {
        return;
    }
    let help = || "write `[[prices]]`; a call that is free has `per_call = \"0\"`".to_owned();
    if origin.prices.is_empty() && !listed.is_empty() {
        let message = format!("the origin `{}` has no price: its calls are booked as unpriced", origin.name.value);
        faults.warning(&origin.name.place, message, help());
        return;
    }
    // The price of a tool is not the price of a resource or a prompt.
    let priced = |tool: Option<&str>| {
        let mut prices = origin.prices.iter().filter(|price| price.tool.is_none() || price.tool.as_deref() == tool);
        prices.any(|price| today.is_none_or(|today| price.from.as_str() <= today))
    };
    for (kind, name) in listed {
        let tool = (kind == Kind::Tool).then_some(name);
        if priced(tool) {
            continue;
        }
        let approval = origin.approvals(kind).and_then(|approvals| approvals.get(name));
        let place = approval.map_or(&origin.name.place, |approval| &approval.place);
        let message = format!("the {} `{name}` has no price: its calls are booked as unpriced", kind.as_str());
        faults.warning(place, message, help());
    }
}

fn check_audit(origin: &OriginDocument, faults: &mut Faults) {
    for (name, tool) in &origin.tools {
        if tool.destructive == Some(true) && !tool.audit_decided {
            let message = format!("the tool `{name}` is destructive, and no event tells what it destroyed");
            let help = "name the arguments that tell it in `audit_arguments`; `[]` if none may be recorded".to_owned();
            faults.warning(&tool.place, message, help);
        }
    }
}

fn check_review(origin: &OriginDocument, today: Option<&str>, faults: &mut Faults) {
    let Some((review, today)) = origin.review.as_ref().zip(today) else {
        return;
    };
    // Days in this form sort as text.
    if crate::price::is_day(&review.value) && review.value.as_str() < today {
        let message = format!("the review of the origin `{}` was due on {}", origin.name.value, review.value);
        faults.warning(&review.place, message, "review it, and write the day of the next review".to_owned());
    }
}
