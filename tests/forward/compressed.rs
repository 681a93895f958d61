//! Content codings: origins and issuers are asked for plain text, and nothing compressed is read.

use harness::origin::event;
use harness::{Reply, Weir};
use http::HeaderMap;
use serde_json::{Value, json};

#[test]
fn compressed_answer_of_origin_is_refused() {
    let weir = Weir::usual();
    let codings = [("gzip", true), ("br", true), ("Identity", false), ("identity, gzip", true), ("x-else", true)];
    for (coding, is_refused) in codings {
        for is_stream in [false, true] {
            weir.documents.on_call(move |received| {
                let result = json!({ "resultType": "complete", "content": [] });
                let message = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
                let reply = match is_stream {
                    true => Reply::event_stream([event(&message)]),
                    false => Reply::json(&message),
                };
                reply.header("content-encoding", coding)
            });
            let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
            match is_refused {
                true => answer.should_be_refused(-31502, coding),
                false => drop(answer.result()),
            }
        }
    }
    let events = weir.events(2 * codings.len());
    let reason = |event: &Value| event["outcome"]["reason"].as_str().unwrap_or_default().to_owned();
    let refused = events.iter().filter(|event| reason(event) == "origin_answer_compressed").count();
    assert_eq!(refused, 2 * codings.iter().filter(|(_, is_refused)| *is_refused).count(), "{events:?}");
    // The body of an error page is not read; its status is enough.
    weir.documents.on_call(|_| Reply::text(401, "text/html", "").header("content-encoding", "gzip"));
    weir.call("alice", "documents_search", json!({ "query": "x" })).should_be_refused(-31502, "a page");
    assert_eq!(reason(&weir.events(2 * codings.len() + 1)[2 * codings.len()]), "origin_refused_credential");
}

#[test]
fn compressed_keys_of_issuer_are_refused() {
    let weir = Weir::usual();
    weir.issuer.claim_coding("gzip");
    let answer = weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
    assert_eq!(answer.status, 503, "keys with a content coding that was not requested: {}", answer.text());
}

#[test]
fn nothing_compressed_is_asked_for() {
    let weir = Weir::usual();
    weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
    weir.list("alice").result();
    weir.call("alice", "documents_search", json!({ "query": "x" })).result();
    let received = [&weir.documents, &weir.tickets, &weir.people].map(|origin| origin.received()).concat();
    let of_origins = received.iter().map(|received| received.headers.clone());
    let all: Vec<HeaderMap> = of_origins.chain(weir.issuer.received()).collect();
    assert!(all.len() >= 4, "every kind of request should be made: {}", all.len());
    for headers in all {
        let accepted: Vec<_> = headers.get_all("accept-encoding").iter().collect();
        assert_eq!(accepted, ["identity"], "{headers:?}");
    }
}
