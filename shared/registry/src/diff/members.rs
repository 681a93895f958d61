//! Members: every member of the records as a fact, under its name in the record.

use policy::{ArgumentDeclaration, Declaration, Kind};
use serde::Serialize;
use serde_json::{Map, Value};

use super::facts::{Facts, LISTED, shown};
use crate::compile::compile_origin;
use crate::document::approval::Approval;
use crate::document::origin::OriginDocument;
use crate::legible::quoted;
use crate::snapshot::{Assignments, Exposed, Gateway, Origin, Quarantine, VirtualServer};

/// The members of `record`.
fn members(record: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(members)) => members,
        // Every record can be written, and is an object.
        _ => Map::new(),
    }
}

/// The members of `record` without those that the caller adds itself.
fn members_without(record: &impl Serialize, taken: &[&str]) -> Map<String, Value> {
    let mut members = members(record);
    members.retain(|name, _| !taken.contains(&name.as_str()));
    members
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
        facts.add_members(&format!("group {}", quoted(name)), members(assignment));
    }
}

pub(super) fn add_quarantine(quarantine: &Quarantine, facts: &mut Facts) {
    facts.add_members("quarantine", members(quarantine));
}

pub(super) fn add_virtual_server(virtual_server: &VirtualServer, facts: &mut Facts) {
    let about = format!("virtual server {}", quoted(&virtual_server.name));
    // Policies are added with the names that they apply to.
    let taken = ["name", "origins", "tools", "resources", "prompts", "policies"];
    facts.add_members(&about, members_without(virtual_server, &taken));
    for (name, origin) in &virtual_server.origins {
        add_origin(name, origin, facts);
    }
    for exposed in virtual_server.exposed() {
        add_exposed(&about, exposed, facts);
    }
}

fn add_origin(name: &str, origin: &Origin, facts: &mut Facts) {
    let about = &format!("origin {}", quoted(name));
    let mut members = members(origin);
    members.retain(|member, value| member != "name" || value != name);
    if let Some(Value::Array(prices)) = members.remove("prices") {
        for price in prices {
            let tool = price.get("tool").map_or_else(|| "every tool".to_owned(), shown);
            let from = price.get("from").and_then(Value::as_str).unwrap_or_default();
            let rest = price.as_object().into_iter().flatten();
            let rest = rest.filter(|(name, _)| !["tool", "from"].contains(&name.as_str()));
            let parts: Vec<String> = rest.map(|(name, value)| assigned(name, value)).collect();
            facts.add(format!("{about}: price of {tool} from {} on", quoted(from)), parts.join(", "));
        }
    }
    facts.add_members(about, members);
}

/// Adds an entry of a virtual server. The parts that its origin decides are facts of the origin, and the same in each
/// virtual server.
fn add_exposed(virtual_server: &str, exposed: &Exposed, facts: &mut Facts) {
    let declaration = &exposed.declaration;
    let (kind, origin) = (declaration.kind, format!("origin {}", quoted(&declaration.origin)));
    let about = format!("{virtual_server}: {} {}", kind.as_str(), quoted(&declaration.name));
    facts.add(about.clone(), format!("{} of {origin}", quoted(&declaration.origin_name)));
    facts.add_members(&about, members_without(exposed, &["declaration", "policies", "audit_arguments"]));

    let mut declared = members_without(declaration, &["kind", "name", "origin", "origin_name"]);
    for member in ["data_classes", "risk"] {
        if let Some(value) = declared.remove(member) {
            facts.add_value(&format!("{origin}: {member}"), &value);
        }
    }
    if kind == Kind::Resource {
        if declaration.arguments == ArgumentDeclaration::of_resource() {
            declared.remove("arguments");
        }
        facts.add_members(&about, declared);
    } else {
        let about = format!("{origin}: {} {}", kind.as_str(), quoted(&declaration.origin_name));
        facts.add(about, approval(declared, &exposed.audit_arguments));
    }
}

/// Adds an origin as written: also what no virtual server lists, and what no record has.
pub(super) fn add_written_origin(written: &OriginDocument, facts: &mut Facts) {
    let about = format!("origin {}", quoted(&written.name.value));
    add_origin(&written.name.value, &compile_origin(written), facts);
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
            let about = format!("{about}: {} {}", kind.as_str(), quoted(name));
            facts.add(about, approval(declared(approved), &approved.audit_arguments));
        }
    }
}

/// The members of a declaration that an approval decides.
fn declared(approval: &Approval) -> Map<String, Value> {
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
    members_without(&declaration, &["name", "origin", "origin_name", "risk"])
}

/// An approval on one line, such as ``read_only; `limit`: required, type `long`; audits `limit` ``.
fn approval(mut declared: Map<String, Value>, audited: &[String]) -> String {
    let arguments = declared.remove("arguments");
    let mut parts: Vec<String> = declared.iter().map(|(hint, value)| assigned(hint, value)).collect();
    for (name, declaration) in arguments.iter().filter_map(Value::as_object).flatten() {
        let members = declaration.as_object().into_iter().flatten();
        let members: Vec<String> = members.map(|(member, value)| assigned(member, value)).collect();
        parts.push(format!("{}: {}", quoted(name), members.join(", ")));
    }
    if !audited.is_empty() {
        let names: Vec<String> = audited.iter().map(|name| quoted(name)).collect();
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
