//! Tests of lists.

use bytes::Bytes;

use super::*;
use crate::meta::Implementation;
use json::Members;

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

fn weir() -> Implementation {
    Implementation { name: "weir".into(), version: "0.1.0".into(), title: None }
}

fn listed<'a>(item: &'a Item, name: &'a str) -> ExposedItem<'a> {
    ExposedItem { item, name: Some(name), title: None, description: None, client: Era::Modern }
}

fn tools(text: &str) -> Result<List, ListError> {
    List::parse(ListKind::Tools, Era::Modern, &raw(text))
}

fn page<'a>(items: &'a [ExposedItem<'a>], server_info: &'a Implementation) -> Page<'a> {
    let (kind, cache_scope) = (ListKind::Tools, CacheScope::Private);
    Page { kind, items, next_cursor: None, ttl_ms: 5, cache_scope, server_info, notes: None }
}

const LIST: &str = r#"{ "tools" : [
  { "name" : "search", "title":"Search", "description":"Finds \"documents\"",
    "inputSchema":{"type":"object","properties":{"name":{"type":"string"},"limit":{"maximum":1e400}}} } ,
  {"inputSchema":{"type":"object"},"name":"del\u0065te"}
], "nextCursor":"", "ttlMs":60000, "cacheScope":"public", "resultType":"complete", "x":[1,2] }"#;

#[test]
fn list_of_origin_is_read() {
    let list = tools(LIST).unwrap();
    let names: Vec<_> = list.items.iter().map(Item::identity).collect();
    assert_eq!(names, ["search", "delete"], "names should be decoded, nested ones ignored");
    assert_eq!(
        list.items[1].raw().as_str(),
        r#"{"inputSchema":{"type":"object"},"name":"del\u0065te"}"#,
        "text should stay"
    );
    let cursor = list.next_cursor.as_ref().unwrap().as_ref();
    assert_eq!(cursor.map(RawJson::as_str), Some("\"\""), "an empty cursor should be a cursor");
    assert_eq!(
        (list.ttl_ms, list.cache_scope, list.left_out.len()),
        (Some(60_000), CacheScope::Public, 0),
        "hints should be read"
    );
}

#[test]
fn name_title_and_description_are_spliced() {
    let list = tools(LIST).unwrap();
    let [search, delete] = &list.items[..] else { panic!("two tools should be there") };
    let renamed = listed(search, "documents_search").to_raw();
    let expected = search.raw().as_str().replacen("\"search\"", "\"documents_search\"", 1);
    assert_eq!(renamed.as_str(), expected, "only the name should change");

    let described = ExposedItem { description: Some("a\nb"), title: Some("T"), ..listed(search, "s") }.to_raw();
    let members = described.members().unwrap();
    assert_eq!(members.get("name").unwrap().as_str(), "\"s\"", "the name should be replaced");
    assert_eq!(members.get("title").unwrap().as_str(), "\"T\"", "the title should be replaced");
    assert_eq!(
        members.get("description").unwrap().as_str(),
        r#""a\nb""#,
        "the description should be replaced and escaped"
    );
    assert_eq!(members.len(), 4, "nothing should be added or lost");

    let added = ExposedItem { title: Some("Delete"), description: Some("Gone"), ..listed(delete, "d") }.to_raw();
    let expected = r#"{"inputSchema":{"type":"object"},"name":"d","title":"Delete","description":"Gone"}"#;
    assert_eq!(added.as_str(), expected, "missing members should be added");
}

#[test]
fn list_result_carries_hints_and_server() {
    let list = tools(r#"{"tools":[{"name":"a","inputSchema":{"type":"object"}}]}"#).unwrap();
    let tools: Vec<_> = list.items.iter().map(|tool| listed(tool, tool.identity())).collect();
    assert_eq!(
        list_result(&page(&tools, &weir())).as_str(),
        concat!(
            r#"{"resultType":"complete","tools":[{"name":"a","inputSchema":{"type":"object"}}],"ttlMs":5,"cacheScope":"private","#,
            r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weir","version":"0.1.0"}}}"#
        ),
        "should be a complete, cacheable result"
    );
    let empty = list_result(&page(&[], &weir()));
    assert!(empty.as_str().contains(r#""tools":[],"#), "an empty list should be a list");
}

#[test]
fn list_result_carries_cursor_and_notes() {
    let mut notes = Members::new();
    notes.set("com.example/note", raw("[1]"));
    let weir = weir();
    let result = list_result(&Page { next_cursor: Some("a\"b"), notes: Some(&notes), ..page(&[], &weir) });
    assert!(result.as_str().contains(r#""tools":[],"nextCursor":"a\"b","ttlMs""#), "{}", result.as_str());
    assert!(
        result.as_str().contains(r#"},"com.example/note":[1]}}"#),
        "notes should stand in `_meta`: {}",
        result.as_str()
    );
}

#[test]
fn malformed_tool_is_dropped_and_counted() {
    let long = "x".repeat(129);
    let text = format!(
        r#"{{"tools":[7,{{}},{{"name":7}},{{"name":""}},{{"name":"{long}"}},{{"name":"a","name":"b"}},{{"name":"a","x":1,"\u0078":2}},
        {{"name":"\ud800"}},{{"name":"good"}},{{"name":"g\u006fod","title":"twice"}},{{"name":"last"}}]}}"#
    );
    let list = tools(&text).unwrap();
    let names: Vec<_> = list.items.iter().map(Item::identity).collect();
    assert_eq!(names, ["good", "last"], "good tools should stay, the first of a name");
    let reasons: Vec<_> = list.left_out.iter().map(|one| one.reason).collect();
    assert_eq!(reasons, [&["definition_malformed"; 8][..], &["definition_repeated"]].concat(), "every other is told");
    assert_eq!((list.ttl_ms, list.cache_scope), (None, CacheScope::Private), "an absent hint should stay absent");
}

#[test]
fn result_without_list_is_refused() {
    let cases = [
        ("[]", "json_not_an_object"),
        ("{}", "tools_missing"),
        (r#"{"tools":{}}"#, "json_not_an_array"),
        (r#"{"resources":[]}"#, "tools_missing"),
        (r#"{"tools":[],"t\u006fols":[]}"#, "json_duplicate_member"),
        (r#"{"tools":[],"nextCursor":"a","nextCursor":"b"}"#, "json_duplicate_member"),
    ];
    for (text, reason) in cases {
        assert_eq!(tools(text).unwrap_err().reason(), reason, "should be refused: {text}");
    }
    let many = format!("{{\"tools\":[{}0]}}", "0,".repeat(16_384));
    assert_eq!(tools(&many).unwrap_err().reason(), "json_too_many_elements", "the count should be bounded");
    assert_eq!(tools(r#"{"tools":[],"nextCursor":null}"#).unwrap().next_cursor, Ok(None), "null should be none");
}

#[test]
fn malformed_cursor_takes_no_item_away() {
    for cursor in ["7", "{}", "true"] {
        let list = tools(&format!(r#"{{"tools":[{{"name":"search"}}],"nextCursor":{cursor}}}"#)).unwrap();
        assert_eq!((list.items.len(), list.next_cursor), (1, Err(ListError::Cursor)), "{cursor}");
    }
}

#[test]
fn every_list_kind_has_its_member_and_identity() {
    let cases = [
        (ListKind::Tools, "tools", "name", "tools/list"),
        (ListKind::Resources, "resources", "uri", "resources/list"),
        (ListKind::ResourceTemplates, "resourceTemplates", "uriTemplate", "resources/templates/list"),
        (ListKind::Prompts, "prompts", "name", "prompts/list"),
    ];
    for (kind, member, identity, method) in cases {
        let rest = r#""name":"n","inputSchema":{"type":"object"},"x":1"#;
        let rest = if identity == "name" { rest.trim_start_matches(r#""name":"n","#) } else { rest };
        let text = format!(r#"{{"{member}":[{{"{identity}":"a:b","title":"T",{rest}}},{{"x":2}}]}}"#);
        let list = List::parse(kind, Era::Modern, &raw(&text)).unwrap();
        assert_eq!((list.items[0].identity(), list.items.len(), list.left_out.len()), ("a:b", 1, 1), "{text}");
        assert_eq!(ListKind::of(kind.method()), Some(kind), "the method should name its list: {method}");
        assert_eq!(kind.method().as_str(), method, "the list should name its method");
        let kept = ExposedItem { name: None, title: Some("Ours"), ..listed(&list.items[0], "") };
        let weir = weir();
        let result = list_result(&Page { kind, ..page(&[kept], &weir) });
        let expected =
            format!(r#"{{"resultType":"complete","{member}":[{{"{identity}":"a:b","title":"Ours",{rest}}}],"ttlMs""#);
        assert!(result.as_str().starts_with(&expected), "the list should be written: {}", result.as_str());
        assert_eq!(
            List::parse(kind, Era::Modern, &raw("{}")).unwrap_err(),
            ListError::Missing(kind),
            "a list should be there"
        );
    }
    assert_eq!(ListKind::of(Method::ToolsCall), None, "a call should be no list");
    let long = format!(r#"{{"resources":[{{"uri":"{}"}},{{"uri":"{}"}}]}}"#, "u".repeat(8192), "u".repeat(8193));
    let list = List::parse(ListKind::Resources, Era::Modern, &raw(&long)).unwrap();
    assert_eq!((list.items.len(), list.left_out.len()), (1, 1), "a URI should be bounded");
}
