//! Confirmation: the gateway is asked until it serves what was written.

use super::*;

#[test]
fn gateway_is_asked_until_it_serves_the_epoch() {
    let scratch = Scratch::new();
    let url = gateway(|number, _| if number < 2 { health("ok", 7, &[]) } else { health("ok", u64::MAX, &[]) });
    let done = scratch.publish(&["--remote", "--url", &url, "--wait=5s"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(out(&done).contains(&format!("published: {url} serves epoch")), "{done:?}");
}

#[test]
fn gateway_that_does_not_serve_the_epoch_is_explained() {
    let scratch = Scratch::new();
    for (answer, said) in [
        (health("degraded", 7, &["record_unsigned"]), "aren't signed by a key of its REGISTRY_KEYS"),
        (health("fault", 7, &["record_missing"]), "it says `fault`: `record_missing` and serves epoch 7"),
        (health("ok", 7, &[]), "does it read another store"),
        ((503, "not set up; see /healthz".to_owned()), "status 503, and no answer of a gateway"),
        ((404, "not found".to_owned()), "is the route set"),
    ] {
        let url = gateway(move |_, _| answer.clone());
        let done = scratch.publish(&["--remote", "--url", &url, "--wait=1s"]);
        assert_eq!(done.status.code(), Some(5), "{said}: {done:?}");
        let texts = ["the records are in the store, but", "does not serve epoch", said];
        assert!(texts.iter().all(|text| err(&done).contains(text)), "{said}: {done:?}");
        assert!(!out(&done).contains("published"), "{said}: {done:?}");
    }
}

#[test]
fn unreachable_address_is_reported() {
    let scratch = Scratch::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let done = scratch.publish(&["--remote", "--url", &format!("http://{free}"), "--wait=1s"]);
    assert_eq!(done.status.code(), Some(5), "{done:?}");
    assert!(err(&done).contains("nobody answers there"), "{done:?}");
}

#[test]
fn gateway_that_lacks_something_is_published_with_a_warning() {
    let scratch = Scratch::new();
    let url = gateway(|_, _| health("degraded", u64::MAX, &["secret_missing"]));
    let done = scratch.publish(&["--remote", "--url", &url]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(err(&done).contains("warning: the gateway says `secret_missing`"), "{done:?}");
}

#[test]
fn quarantine_alone_is_confirmed_with_the_token() {
    let scratch = Scratch::new();
    scratch.write("health.token", "a-token-of-the-gateway\n");
    let url = gateway(|_, head| {
        let (code, body) = health("ok", 7, &[]);
        let mut body: Value = serde_json::from_str(&body).expect("it is JSON");
        if head.to_ascii_lowercase().contains("authorization: bearer a-token-of-the-gateway") {
            body["records"]["quarantine"] = json!({ "sequence": u64::MAX, "valid_until": 9, "key": "publisher" });
        }
        (code, body.to_string())
    });
    let alone = ["--remote", "--quarantine-only", "--url", &url];
    let done = scratch.publish(&[&alone[..], &["--token-file", "health.token"]].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(out(&done).contains("serves quarantine"), "{done:?}");
    let done = scratch.publish(&alone);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(out(&done).contains("not confirmed: a gateway shows its quarantine only with --token-file"), "{done:?}");
    scratch.write("health.token", "another-token-than-that");
    let done = scratch.publish(&[&alone[..], &["--token-file", "health.token", "--wait=1s"]].concat());
    assert_eq!(done.status.code(), Some(5), "{done:?}");
    assert!(err(&done).contains("the token is not its secret HEALTH_TOKEN"), "{done:?}");
    assert_eq!(scratch.publish(&[&alone[..], &["--wait"]].concat()).status.code(), Some(2));
}

#[test]
fn dry_run_says_what_would_be_written_and_writes_nothing() {
    let scratch = Scratch::new();
    let done = scratch.publish(&["--remote", "--dry-run"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    for part in ["/gateway, ", "/needs, ", "/virtual-server/support, ", "write quarantine, ", "write head, "] {
        assert!(out(&done).contains(part), "`{part}`: {done:?}");
    }
    assert!(out(&done).ends_with("nothing was written\n"), "{done:?}");
    let calls = fs::read_to_string(scratch.path("calls")).expect("wrangler is asked for the live quarantine");
    assert!(calls.lines().all(|call| call.starts_with("kv key get quarantine ")), "and for nothing else: {calls}");
}

#[test]
fn unconfirmed_publication_is_not_called_published() {
    let scratch = Scratch::new();
    for more in [&["--remote", "--no-wait"][..], &["--local"]] {
        let done = scratch.publish(more);
        assert_eq!(done.status.code(), Some(0), "{more:?}: {done:?}");
        assert!(out(&done).contains("not confirmed: ") && !out(&done).contains("published"), "{more:?}: {done:?}");
    }
    let both = scratch.publish(&["--remote", "--no-wait", "--wait"]);
    assert_eq!(both.status.code(), Some(2), "{both:?}");
}
