//! Tests of tool lists, calls and discovery.

use bytes::Bytes;

use super::*;
use crate::raw_json::{RawJson, RawJsonError};

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

fn weir() -> Implementation {
    Implementation { name: "weir".into(), version: "0.1.0".into() }
}

fn listed<'a>(tool: &'a Tool, name: &'a str) -> ListedTool<'a> {
    ListedTool { tool, name, title: None, description: None }
}

fn page<'a>(tools: &'a [ListedTool<'a>], server_info: &'a Implementation) -> Page<'a> {
    Page { tools, next_cursor: None, ttl_ms: 5, cache_scope: CacheScope::Private, server_info, notes: None }
}

const LIST: &str = r#"{ "tools" : [
  { "name" : "search", "title":"Search", "description":"Finds \"documents\"",
    "inputSchema":{"type":"object","properties":{"name":{"type":"string"},"limit":{"maximum":1e400}}} } ,
  {"inputSchema":{"type":"object"},"name":"del\u0065te"}
], "nextCursor":"", "ttlMs":60000, "cacheScope":"public", "resultType":"complete", "x":[1,2] }"#;

#[test]
fn list_of_an_origin_is_taken_apart() {
    let list = ToolList::parse(&raw(LIST)).unwrap();
    let names: Vec<_> = list.tools.iter().map(Tool::name).collect();
    assert_eq!(names, ["search", "delete"], "names should be decoded, nested ones ignored");
    assert_eq!(
        list.tools[1].raw().as_str(),
        r#"{"inputSchema":{"type":"object"},"name":"del\u0065te"}"#,
        "text should stay"
    );
    assert_eq!(list.next_cursor.as_ref().map(RawJson::as_str), Some("\"\""), "an empty cursor should be a cursor");
    assert_eq!(
        (list.ttl_ms, list.cache_scope, list.malformed),
        (60_000, CacheScope::Public, 0),
        "hints should be read"
    );
}

#[test]
fn names_titles_and_descriptions_are_spliced() {
    let list = ToolList::parse(&raw(LIST)).unwrap();
    let [search, delete] = &list.tools[..] else { panic!("two tools should be there") };
    let renamed = listed(search, "documents_search").to_raw();
    let expected = search.raw().as_str().replacen("\"search\"", "\"documents_search\"", 1);
    assert_eq!(renamed.as_str(), expected, "only the name should change");

    let described = ListedTool { description: Some("a\nb"), title: Some("T"), ..listed(search, "s") }.to_raw();
    let members = described.members().unwrap();
    assert_eq!(members.get("name").unwrap().as_str(), "\"s\"", "the name should be replaced");
    assert_eq!(members.get("title").unwrap().as_str(), "\"T\"", "the title should be replaced");
    assert_eq!(
        members.get("description").unwrap().as_str(),
        r#""a\nb""#,
        "the description should be replaced and escaped"
    );
    assert_eq!(members.len(), 4, "nothing should be added or lost");

    let added = ListedTool { title: Some("Delete"), description: Some("Gone"), ..listed(delete, "d") }.to_raw();
    let expected = r#"{"inputSchema":{"type":"object"},"name":"d","title":"Delete","description":"Gone"}"#;
    assert_eq!(added.as_str(), expected, "what the origin lacks should be added");
}

#[test]
fn list_result_carries_hints_and_server() {
    let list = ToolList::parse(&raw(r#"{"tools":[{"name":"a"},{"name":"b"}]}"#)).unwrap();
    let tools: Vec<_> = list.tools.iter().map(|tool| listed(tool, tool.name())).collect();
    assert_eq!(
        tools_list_result(&page(&tools, &weir())).as_str(),
        concat!(
            r#"{"resultType":"complete","tools":[{"name":"a"},{"name":"b"}],"ttlMs":5,"cacheScope":"private","#,
            r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weir","version":"0.1.0"}}}"#
        ),
        "should be a complete, cacheable result"
    );
    let empty = tools_list_result(&page(&[], &weir()));
    assert!(empty.as_str().contains(r#""tools":[],"#), "an empty list should be a list");
}

#[test]
fn list_result_carries_cursor_and_notes() {
    let mut notes = Members::new();
    notes.set("com.example/note", raw("[1]"));
    let weir = weir();
    let result = tools_list_result(&Page { next_cursor: Some("a\"b"), notes: Some(&notes), ..page(&[], &weir) });
    assert!(result.as_str().contains(r#""tools":[],"nextCursor":"a\"b","ttlMs""#), "{}", result.as_str());
    assert!(
        result.as_str().contains(r#"},"com.example/note":[1]}}"#),
        "notes should stand in `_meta`: {}",
        result.as_str()
    );
}

#[test]
fn malformed_tools_are_left_out_and_counted() {
    let long = "x".repeat(129);
    let text = format!(
        r#"{{"tools":[7,{{}},{{"name":7}},{{"name":""}},{{"name":"{long}"}},{{"name":"a","name":"b"}},{{"name":"a","x":1,"\u0078":2}},
        {{"name":"\ud800"}},{{"name":"good"}},{{"name":"g\u006fod","title":"twice"}},{{"name":"last"}}]}}"#
    );
    let list = ToolList::parse(&raw(&text)).unwrap();
    let names: Vec<_> = list.tools.iter().map(Tool::name).collect();
    assert_eq!(names, ["good", "last"], "good tools should stay, the first of a name");
    assert_eq!(list.malformed, 9, "every other should be counted");
    assert_eq!((list.ttl_ms, list.cache_scope), (0, CacheScope::Private), "absent hints should be the strict ones");
}

#[test]
fn results_that_are_no_list_are_refused() {
    let cases = [
        ("[]", "json_not_an_object"),
        ("{}", "tools_missing"),
        (r#"{"tools":{}}"#, "json_not_an_array"),
        (r#"{"tools":[],"t\u006fols":[]}"#, "json_duplicate_member"),
        (r#"{"tools":[],"nextCursor":"a","nextCursor":"b"}"#, "json_duplicate_member"),
        (r#"{"tools":[],"nextCursor":7}"#, "cursor_malformed"),
    ];
    for (text, reason) in cases {
        assert_eq!(ToolList::parse(&raw(text)).unwrap_err().reason(), reason, "should be refused: {text}");
    }
    let many = format!("{{\"tools\":[{}0]}}", "0,".repeat(16_384));
    assert_eq!(
        ToolList::parse(&raw(&many)).unwrap_err().reason(),
        "json_too_many_elements",
        "the count should be bounded"
    );
    assert!(ToolList::parse(&raw(r#"{"tools":[],"nextCursor":null}"#)).is_ok(), "a null cursor should be none");
}

#[test]
fn call_is_renamed_and_keeps_its_arguments() {
    let params = raw(
        r#"{"name":"documents_search","arguments":{ "limit": 1.50, "id": 12345678901234567890 },"_meta":{"a":1},"requestState":"s"}"#,
    );
    let params = params.members().unwrap();
    assert_eq!(call_name(Some(&params)).as_deref(), Ok("documents_search"), "the name should be read");
    let arguments = call_arguments(Some(&params)).unwrap().unwrap();
    assert_eq!(arguments.as_str(), r#"{ "limit": 1.50, "id": 12345678901234567890 }"#, "arguments should be untouched");
    let mut meta = Members::new();
    meta.set("b", RawJson::from_integer(2));
    assert_eq!(
        with_call(&params, "search", &meta).to_raw().as_str(),
        r#"{"name":"search","arguments":{ "limit": 1.50, "id": 12345678901234567890 },"_meta":{"b":2},"requestState":"s"}"#,
        "only name and `_meta` should change"
    );
}

#[test]
fn calls_without_a_usable_name_or_arguments_are_refused() {
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(129));
    for text in ["{}", r#"{"name":7}"#, r#"{"name":""}"#, r#"{"name":null}"#, long.as_str()] {
        let params = raw(text).members().unwrap();
        assert_eq!(call_name(Some(&params)), Err(CallError::Name), "should be refused: {text}");
    }
    assert_eq!(call_name(None).unwrap_err().code(), -32602, "no params should be invalid params");
    assert_eq!(call_arguments(None), Ok(None), "arguments should be optional");
    for text in [r#"{"arguments":[]}"#, r#"{"arguments":null}"#, r#"{"arguments":"{}"}"#] {
        let params = raw(text).members().unwrap();
        assert_eq!(call_arguments(Some(&params)), Err(CallError::Arguments), "should be refused: {text}");
    }
}

#[test]
fn results_are_summarized_without_content() {
    let cases = [
        ("{}", ResultType::Complete, false),
        (r#"{"resultType":"complete","content":[],"isError":true}"#, ResultType::Complete, true),
        (r#"{"content":[{"isError":true}],"isError":false}"#, ResultType::Complete, false),
        (r#"{"resultType":"input_required","requestState":"x"}"#, ResultType::InputRequired, false),
        (r#"{"resultType":"task"}"#, ResultType::Task, false),
        (r#"{"resultType":"else","isError":"true"}"#, ResultType::Unknown, false),
        (r#"{"resultType":null}"#, ResultType::Unknown, false),
    ];
    for (text, result_type, is_error) in cases {
        assert_eq!(call_summary(&raw(text)), Ok(CallSummary { result_type, is_error }), "should be summarized: {text}");
    }
    let twice = raw(r#"{"isError":false,"isErr\u006fr":true}"#);
    assert_eq!(call_summary(&twice), Err(RawJsonError::DuplicateMember), "an ambiguous result should be refused");
    assert_eq!(call_summary(&raw("[]")), Err(RawJsonError::NotAnObject), "a result should be an object");
}

#[test]
fn discovery_names_versions_and_capabilities() {
    let capabilities = raw(r#"{"tools":{}}"#);
    assert_eq!(
        discover_result(&weir(), &capabilities, Some("Ask \"first\""), 60_000, CacheScope::Private).as_str(),
        concat!(
            r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"instructions":"Ask \"first\"","#,
            r#""ttlMs":60000,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weir","version":"0.1.0"}}}"#
        ),
        "should be a complete discovery"
    );
}
