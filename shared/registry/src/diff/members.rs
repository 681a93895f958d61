//! Members: every member of the records as a fact, under its name in the record.

use std::collections::BTreeMap;

use policy::{Declaration, Kind};
use serde::Serialize;
use serde_json::Value;

use super::facts::{Facts, LISTED, shown};
use crate::compile::{compile_origin, declaration};
use crate::document::Documents;
use crate::document::approval::Approval;
use crate::document::origin::OriginDocument;
use crate::legible::quoted;
use crate::snapshot::{Assignments, Exposed, Gateway, Origin, Quarantine, VirtualServer};

/// The members of `record`, sorted, without those that the caller adds itself.
fn members_without(record: &impl Serialize, taken: &[&str]) -> BTreeMap<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(members)) => members.into_iter().filter(|(name, _)| !taken.contains(&name.as_str())).collect(),
        // Every record can be written, and is an object.
        _ => BTreeMap::new(),
    }
}

pub(super) fn add_gateway(gateway: &Gateway, facts: &mut Facts) {
    for issuer in &gateway.issuers {
        facts.add_members(&format!("issuer {}", quoted(&issuer.name)), members_without(issuer, &["name"]));
    }
    for client in &gateway.clients {
        facts.add_members(&format!("client {}", quoted(&client.id)), members_without(client, &["id"]));
    }
    for name in gateway.public.keys() {
        facts.add(format!("virtual server {}: without a token", quoted(name)), "anybody");
    }
    facts.add_members("gateway", members_without(gateway, &["issuers", "clients"]));
}

pub(super) fn add_assignments(assignments: &Assignments, facts: &mut Facts) {
    for (name, assignment) in &assignments.groups {
        facts.add_members(&format!("group {}", quoted(name)), members_without(assignment, &[]));
    }
}

pub(super) fn add_quarantine(quarantine: &Quarantine, facts: &mut Facts) {
    facts.add_members("quarantine", members_without(quarantine, &[]));
}

/// Adds a virtual server. What its record takes from the files of origins are facts of these; only a difference would
/// be one of the virtual server.
pub(super) fn add_virtual_server(virtual_server: &VirtualServer, documents: &Documents, facts: &mut Facts) {
    let about = format!("virtual server {}", quoted(&virtual_server.name));
    // Policies are added with the names that they apply to.
    let taken = ["name", "origins", "tools", "resources", "prompts", "policies"];
    facts.add_members(&about, members_without(virtual_server, &taken));
    for exposed in virtual_server.exposed() {
        add_exposed(&about, virtual_server, exposed, documents, facts);
    }
    let listed = |name: &String| virtual_server.exposed().any(|exposed| exposed.declaration.origin == *name);
    for (name, origin) in &virtual_server.origins {
        let written = documents.origins.get(name).filter(|_| listed(name)).map(compile_origin);
        if written.as_ref() != Some(origin) {
            add_origin(&format!("{about}: origin {}", quoted(name)), origin, facts);
        }
    }
    let missing = virtual_server.exposed().map(|exposed| &exposed.declaration.origin);
    for name in missing.filter(|name| !virtual_server.origins.contains_key(*name)) {
        facts.add(format!("{about}: origin {}", quoted(name)), "missing");
    }
}

fn add_exposed(
    virtual_server: &str,
    record: &VirtualServer,
    exposed: &Exposed,
    documents: &Documents,
    facts: &mut Facts,
) {
    let declared = &exposed.declaration;
    let about = format!("{virtual_server}: {} {}", declared.kind.as_str(), quoted(&declared.name));
    let origin = format!("{} of origin {}", quoted(&declared.origin_name), quoted(&declared.origin));
    facts.add(about.clone(), origin);
    facts.add_members(&about, members_without(exposed, &["declaration", "policies", "audit_arguments"]));
    let listed = documents
        .virtual_servers
        .get(&record.name)
        .and_then(|written| written.of(declared.kind).find(|listed| listed.exposed.value == declared.name));
    let written = listed.and_then(|listed| {
        let origin = documents.origins.get(&listed.origin.value)?;
        let approval = origin.approvals(listed.kind).and_then(|approvals| approvals.get(&listed.origin_name.value));
        let audited = approval.map_or(&[][..], |approval| &approval.audit_arguments);
        Some((declaration(listed, origin)?, audited))
    });
    if written != Some((declared.clone(), exposed.audit_arguments.as_slice())) {
        facts.add_members(&about, members_without(declared, &[]));
        facts.add(format!("{about}: audit_arguments"), format!("{:?}", exposed.audit_arguments));
    }
}

/// Adds an origin as written, with items that no virtual server lists and members that no record has.
pub(super) fn add_written_origin(written: &OriginDocument, facts: &mut Facts) {
    let about = format!("origin {}", quoted(&written.name.value));
    add_origin(&about, &compile_origin(written), facts);
    let review = written.review.as_ref().map(|review| &review.value);
    for (member, text) in [("title", written.title.as_ref()), ("review", review)] {
        if let Some(text) = text {
            facts.add(format!("{about}: {member}"), quoted(text));
        }
    }
    for pattern in &written.resources {
        facts.add(format!("{about}: resource {}", quoted(&pattern.value)), LISTED);
    }
    for (kind, approvals) in [(Kind::Tool, &written.tools), (Kind::Prompt, &written.prompts)] {
        for (name, approved) in approvals {
            facts.add(format!("{about}: {} {}", kind.as_str(), quoted(name)), approval(approved));
        }
    }
}

fn add_origin(about: &str, origin: &Origin, facts: &mut Facts) {
    for price in &origin.prices {
        let tool = price.tool.as_ref().map_or_else(|| "every tool".to_owned(), |tool| quoted(tool));
        let members = members_without(price, &["tool", "from"]);
        let parts: Vec<String> = members.iter().map(|(name, value)| assigned(name, value)).collect();
        facts.add(format!("{about}: price of {tool} from {} on", price.from), parts.join(", "));
    }
    let mut members = members_without(origin, &["prices"]);
    // The subject ends with it.
    members.retain(|member, value| member != "name" || !about.ends_with(&shown(value)));
    facts.add_members(about, members);
}

/// An approval on one line, such as ``read_only; `limit`: required, type `long`; audits `limit` ``.
fn approval(approval: &Approval) -> String {
    let declaration = Declaration {
        kind: Kind::Tool,
        name: String::new(),
        origin: String::new(),
        origin_name: String::new(),
        arguments: approval.arguments.clone(),
        data_classes: Vec::new(),
        risk: String::new(),
        read_only: approval.read_only,
        destructive: approval.destructive,
        idempotent: approval.idempotent,
    };
    let hints = members_without(&declaration, &["name", "origin", "origin_name", "risk", "arguments"]);
    let mut parts: Vec<String> = hints.iter().map(|(hint, value)| assigned(hint, value)).collect();
    for (name, argument) in &approval.arguments {
        let members = members_without(argument, &[]);
        let members: Vec<String> = members.iter().map(|(member, value)| assigned(member, value)).collect();
        parts.push(format!("{}: {}", quoted(name), members.join(", ")));
    }
    if !approval.audit_arguments.is_empty() {
        let names: Vec<String> = approval.audit_arguments.iter().map(|name| quoted(name)).collect();
        parts.push(format!("audits {}", names.join(", ")));
    }
    if parts.is_empty() { "approved".to_owned() } else { parts.join("; ") }
}

/// `NAME`, `not NAME` or `NAME VALUE`.
fn assigned(name: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => name.to_owned(),
        Value::Bool(false) => format!("not {name}"),
        other => format!("{name} {}", shown(other)),
    }
}
