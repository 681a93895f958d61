//! Params, results and lists: bytes that no rule changes arrive unchanged, with `requestState`, and written text can be
//! read.
#![no_main]

use bytes::Bytes;
use json::{Members, RawJson};
use libfuzzer_sys::fuzz_target;
use mcp::capabilities::Capabilities;
use mcp::era::Era;
use mcp::list::{ExposedItem, Item, List, ListKind, Page, list_result};
use mcp::meta::{Implementation, RequestMeta};
use mcp::result::{CacheScope, summarize, with_cache_scope};
use mcp::subscription::Filter;
use mcp::{completion, params, prompt, resource, task, tool};

// The input is a JSON object: the params of a request, or a result.
fuzz_target!(|input: &[u8]| {
    let Ok(raw) = RawJson::parse(Bytes::copy_from_slice(input)) else { return };
    result(&raw);
    for kind in ListKind::ALL {
        list(kind, &raw);
    }
    if let Ok(members) = raw.members() {
        request(&raw, &members);
    }
});

fn request(raw: &RawJson, members: &Members) {
    let read = Some(members);
    let _ = (
        tool::call_name(read),
        prompt::get_name(read),
        resource::read_uri(read),
        task::task_id(read),
        params::arguments(read),
    );
    let _ = RequestMeta::parse(read).map(|meta| meta.to_members());
    let mut renamed = members.clone();
    renamed.set("name", RawJson::from_string("other"));
    let written = renamed.to_raw();
    for (name, value) in members.iter().filter(|(name, _)| *name != "name") {
        assert_eq!(written.at(&[name]).as_ref(), Some(value), "`{name}` should arrive unchanged");
        assert!(raw.as_str().contains(value.as_str()), "`{name}` should be a slice");
    }
    if let Ok(filter) = Filter::parse(read) {
        let mut asked = Members::new();
        asked.set("notifications", filter.to_raw());
        assert_eq!(Filter::parse(Some(&asked)), Ok(filter), "the origin's request should be the client's");
    }
    if let Ok(completion::Reference::Prompt(_)) = completion::reference(read) {
        let renamed = completion::with_prompt_name(members, "other");
        let read = renamed.map(|members| completion::reference(Some(&members)));
        assert_eq!(
            read,
            Ok(Ok(completion::Reference::Prompt("other".to_owned()))),
            "the prompt should have its new name"
        );
    }
}

fn result(raw: &RawJson) {
    let _ = summarize(raw);
    if let Ok(Some(private)) = with_cache_scope(raw, CacheScope::Private) {
        assert_eq!(with_cache_scope(&private, CacheScope::Private), Ok(None), "hints that are there should stay");
        unchanged_but(raw, &private, &["cacheScope", "ttlMs"]);
    }
    if task::id_of(raw).is_some() {
        let sealed = task::with_id(raw, "sealed \" id");
        assert_eq!(
            sealed.as_ref().ok().and_then(task::id_of).as_deref(),
            Some("sealed \" id"),
            "the task should have its new id"
        );
        if let Ok(sealed) = sealed {
            unchanged_but(raw, &sealed, &["taskId"]);
        }
    }
    if let Ok(capabilities) = Capabilities::parse(raw) {
        assert_eq!(Capabilities::parse(&capabilities.to_raw()), Ok(capabilities), "capabilities should come back");
    }
}

/// Fails unless all members other than `names` are the same, in order and byte for byte.
fn unchanged_but(before: &RawJson, after: &RawJson, names: &[&str]) {
    let (Ok(before), Ok(after)) = (before.members(), after.members()) else { return };
    let others = |members: &Members| -> Vec<(String, RawJson)> {
        let all = members.iter().filter(|(name, _)| !names.contains(name));
        all.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    };
    assert_eq!(others(&before), others(&after), "members without a rule should arrive unchanged");
}

fn list(kind: ListKind, raw: &RawJson) {
    let Ok(list) = List::parse(kind, Era::Legacy, raw) else { return };
    let items: Vec<ExposedItem<'_>> = list
        .items
        .iter()
        .map(|item| ExposedItem { item, name: None, title: None, description: None, client: Era::Modern })
        .collect();
    let weir = Implementation { name: "weir".into(), version: "0".into(), title: None };
    let page = Page {
        kind,
        items: &items,
        next_cursor: None,
        ttl_ms: list.ttl_ms.unwrap_or(0),
        cache_scope: list.cache_scope,
        server_info: &weir,
        notes: None,
    };
    let again = List::parse(kind, Era::Legacy, &list_result(&page));
    let raw = |list: List| -> Vec<RawJson> { list.items.iter().map(|item| item.raw().clone()).collect() };
    let needs_repair = again.as_ref().is_ok_and(|again| again.items.iter().any(Item::is_repaired));
    assert!(!needs_repair, "a repaired item should need no repair");
    assert_eq!(again.map(raw), Ok(raw(list)), "every item should arrive unchanged");
}
