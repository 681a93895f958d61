//! Tests of subscriptions.

use super::*;

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

fn filter(text: &str) -> Result<Filter, ParamsError> {
    Filter::parse(Some(&raw(&format!(r#"{{"notifications":{text}}}"#)).members().unwrap()))
}

fn notification(method: &str, params: &str) -> Notification {
    Notification { method: method.to_owned(), params: Some(raw(params).members().unwrap()) }
}

fn id(text: &str) -> RequestId {
    RequestId::parse(raw(text)).unwrap()
}

#[test]
fn filter_round_trips() {
    let text = concat!(
        r#"{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,"#,
        r#""resourceSubscriptions":["a:\"b","c:d"],"taskIds":["1"]}"#
    );
    let all = filter(text).unwrap();
    assert_eq!(all.to_raw().as_str(), text, "every requested notification should be written again");
    let none = filter(r#"{"toolsListChanged":false,"somethingNew":true}"#).unwrap();
    assert!(none.is_empty() && none.to_raw().as_str() == "{}", "an unknown member should be ignored: {none:?}");
    for text in
        ["[]", "true", r#"{"toolsListChanged":1}"#, r#"{"taskIds":"1"}"#, r#"{"taskIds":[1]}"#, r#"{"taskIds":[""]}"#]
    {
        let error = filter(text).unwrap_err();
        assert_eq!((error.code(), error.reason()), (-32602, "notifications_malformed"), "should be refused: {text}");
    }
    assert!(Filter::parse(None).is_err(), "`notifications` should be required");
}

#[test]
fn filter_is_bounded() {
    for (name, most) in [("resourceSubscriptions", MAX_RESOURCES), ("taskIds", MAX_TASKS)] {
        let of = |count| {
            let ids: Vec<String> = (0..count).map(|n| n.to_string()).collect();
            filter(&format!(r#"{{"{name}":{}}}"#, RawJson::from_strings(&ids).as_str()))
        };
        assert!(of(most).is_ok(), "{most} `{name}` should be taken");
        assert!(of(most + 1).is_err(), "more `{name}` should be refused");
    }
    assert!(filter(&format!(r#"{{"resourceSubscriptions":["{}"]}}"#, "u".repeat(8193))).is_err(), "a URI is bounded");
}

#[test]
fn filter_selects_requested_changes() {
    let requested = filter(r#"{"promptsListChanged":true,"resourceSubscriptions":["a:b"],"taskIds":["1"]}"#).unwrap();
    let cases = [
        (TOOLS_LIST_CHANGED, "{}", Some(Change::Tools), false),
        (PROMPTS_LIST_CHANGED, "{}", Some(Change::Prompts), true),
        (RESOURCES_LIST_CHANGED, "{}", Some(Change::Resources), false),
        (RESOURCE_UPDATED, r#"{"uri":"a:b"}"#, Some(Change::Resource("a:b".into())), true),
        (RESOURCE_UPDATED, r#"{"uri":"a:c"}"#, Some(Change::Resource("a:c".into())), false),
        (task::NOTIFICATION, r#"{"taskId":"1"}"#, Some(Change::Task("1".into())), true),
        (task::NOTIFICATION, r#"{"taskId":"2"}"#, Some(Change::Task("2".into())), false),
        (RESOURCE_UPDATED, "{}", None, false),
        ("notifications/progress", "{}", None, false),
        ("notifications/message", "{}", None, false),
    ];
    for (method, params, change, selected) in cases {
        let read = Change::of(&notification(method, params));
        assert_eq!(read, change, "{method} {params}");
        assert_eq!(
            read.is_some_and(|change| requested.wants(&change)),
            selected,
            "{method} {params} should be selected: {selected}"
        );
    }
}

#[test]
fn every_message_carries_its_subscription_id() {
    let honoured = Filter { tools_list_changed: true, ..Filter::default() };
    assert_eq!(
        acknowledgement(&id("9"), &honoured)[..],
        *br#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/subscriptionId":9}}}"#,
    );
    assert_eq!(
        final_result(&id("\"a\"")).as_str(),
        r#"{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"a"}}"#
    );
    let theirs = notification(
        RESOURCE_UPDATED,
        r#"{"uri":"a:\u0062","_meta":{ "x":1.0, "io.modelcontextprotocol/subscriptionId":1 }}"#,
    );
    assert_eq!(
        with_subscription_id(&id("9"), &theirs).unwrap()[..],
        *br#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:\u0062","_meta":{ "x":1.0, "io.modelcontextprotocol/subscriptionId":9 }}}"#,
        "the rest of the params should stay"
    );
    let bare = Notification { method: TOOLS_LIST_CHANGED.into(), params: None };
    let text = with_subscription_id(&id("9"), &bare).unwrap();
    assert!(
        text.ends_with(br#""params":{"_meta":{"io.modelcontextprotocol/subscriptionId":9}}}"#),
        "it should be added"
    );
    assert!(
        with_subscription_id(&id("9"), &notification(TOOLS_LIST_CHANGED, r#"{"_meta":[]}"#)).is_err(),
        "`_meta` is an object"
    );
}
