//! Health: the facts for everybody, the facts for the operator, and the log.

use std::time::Duration;

use harness::{
    Answer, Draft, Setup, Weir,
    registry::Publisher,
    target::{Target, skipped_if},
};
use http::Method;
use registry::record::Freshness;
use serde_json::{Value, json};

const TOKEN: &str = "whoever-operates-shows-this";

/// A Weir with a health token, whose secrets `change` has spoiled.
fn start(change: impl FnOnce(&mut Setup)) -> Weir {
    let mut setup = Setup::new();
    setup.secrets.insert("HEALTH_TOKEN".to_owned(), TOKEN.to_owned());
    change(&mut setup);
    setup.start()
}

fn health(weir: &Weir, token: &str) -> Answer {
    weir.send(Draft::bare(Method::GET, "/healthz").token(token))
}

/// The names with their reasons in `faults` or `warnings`, sorted.
fn named(health: &Value, kind: &str) -> Vec<String> {
    let findings = health[kind].as_array().unwrap_or_else(|| panic!("`{kind}` should be there: {health}"));
    let mut named: Vec<String> = findings
        .iter()
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().expect("a finding has texts").to_owned();
            format!("{} {}", text("reason"), text("what"))
        })
        .collect();
    named.sort();
    named
}

#[test]
fn health_names_what_the_published_registry_lacks() {
    let weir = start(|setup| {
        setup.secrets.remove("ORIGIN_TICKETS_SECRET");
        setup.secrets.insert("SIGNED_IDENTITY_KEYS".to_owned(), r#"{"keys":["hush"]}"#.to_owned());
    });
    let answer = health(&weir, TOKEN);
    let shown = answer.json();
    assert_eq!((answer.status.as_u16(), &shown["status"]), (200, &json!("degraded")), "most calls are served: {shown}");
    let lacks =
        ["keys_malformed SIGNED_IDENTITY_KEYS", "secret_missing ORIGIN_TICKETS_SECRET", "secret_missing SEALING_KEYS"];
    assert_eq!(named(&shown, "warnings"), lacks);
    assert_eq!(named(&shown, "faults"), Vec::<String>::new());
    assert_eq!(shown["epoch"], weir.epoch);
    for record in ["head", "quarantine"] {
        assert_eq!(shown["records"][record]["key"], "publisher-1", "{shown}");
        assert_eq!(shown["records"][record]["sequence"], weir.epoch, "{shown}");
        assert!(shown["records"][record]["valid_until"].is_u64(), "{shown}");
    }
    // Spin and workerd write their logs a moment later.
    let logged = |weir: &Weir, part: &str| weir.running.log().matches(part).count();
    for (reason, what) in lacks.iter().filter_map(|lack| lack.split_once(' ')) {
        let line = format!(r#"{{"level":"error","reason":"{reason}","what":"{what}"}}"#);
        weir.wait_until(&format!("the log should have {line}"), || logged(&weir, &line) > 0);
    }
    for text in [answer.text(), &weir.running.log()] {
        for secret in ["hush", TOKEN, "\"d\""] {
            assert!(!text.contains(secret), "`{secret}` should stand nowhere: {text}");
        }
    }

    let anonymous = weir.send(Draft::bare(Method::GET, "/healthz"));
    let expected = json!({
        "status": "degraded", "version": shown["version"], "epoch": weir.epoch,
        "reasons": ["keys_malformed", "secret_missing"],
    });
    assert_eq!(anonymous.json(), expected, "codes are enough for a monitor, and name nothing");
    let access_token = weir.token("alice");
    for token in ["", "whoever-operates-shows-thi", "whoever-operates-shows-this2", &access_token] {
        assert_eq!(health(&weir, token).json(), expected, "`{token}` is not the token");
    }
}

#[test]
fn short_health_token_counts_as_none() {
    for token in [None, Some(""), Some("fifteen-letters")] {
        let weir = start(|setup| {
            setup.secrets.remove("HEALTH_TOKEN");
            setup.secrets.extend(token.map(|token| ("HEALTH_TOKEN".to_owned(), token.to_owned())));
        });
        let shown = health(&weir, token.unwrap_or("undefined")).json();
        assert_eq!(shown.get("warnings"), None, "{token:?}: {shown}");
        if Target::chosen() != Target::Memory {
            // One host is enough where a host takes seconds; the rule is the gateway's own.
            return;
        }
    }
}

#[test]
fn sound_deployment_is_ok() {
    let sealing = r#"{"keys":[{"kty":"oct","kid":"sealing-1","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;
    let weir = start(|setup| {
        setup.secrets.insert("SEALING_KEYS".to_owned(), sealing.to_owned());
    });
    let shown = health(&weir, TOKEN).json();
    assert_eq!((&shown["status"], &shown["reasons"]), (&json!("ok"), &json!([])), "{shown}");
    if Target::chosen() != Target::Memory {
        return;
    }
    assert_eq!(weir.running.log(), "", "there is nothing to tell");

    // Both records are good for a day, and were signed an hour before.
    weir.running.pass(Duration::from_secs(11 * 3600));
    assert_eq!(health(&weir, TOKEN).json()["status"], "ok", "before the half of the validity");
    weir.running.pass(Duration::from_secs(3600));
    let shown = health(&weir, TOKEN).json();
    let soon = ["record_expires_soon head", "record_expires_soon quarantine"];
    assert_eq!(named(&shown, "warnings"), soon, "from half of its validity on there should be a warning");
    assert_eq!(weir.list("alice").status, 200, "and everything should be served");
    for name in ["head", "quarantine"] {
        let line = format!(
            r#""reason":"record_expires_soon","what":"{name}","until":{}"#,
            weir.running.now() - 12 * 3600 + 86_400
        );
        assert_eq!(weir.running.log().matches(&line).count(), 1, "once in ten minutes: {}", weir.running.log());
    }
    weir.running.pass(Duration::from_secs(12 * 3600));
    let shown = health(&weir, TOKEN);
    assert_eq!(shown.status, 503, "after its end nothing is served");
    assert_eq!(named(&shown.json(), "faults"), ["record_expired head", "record_expired quarantine"]);
}

#[test]
fn publication_with_another_key_is_told_before_it_stops_calls() {
    if skipped_if(Target::chosen() != Target::Memory, "only memory's clock can be moved to the next reading") {
        return;
    }
    let weir = start(|_| ());
    assert_eq!(weir.list("alice").status, 200);
    let now = weir.running.now();
    let fresh = Freshness { sequence: now * 1000, valid_until: now + 86_400 };
    weir.running.put("head", &Publisher::new().head(now * 1000, fresh));
    weir.running.pass(Duration::from_secs(31));
    assert_eq!(weir.list("alice").status, 200, "the record that is held should serve on");
    let shown = health(&weir, TOKEN).json();
    assert_eq!((&shown["status"], &shown["epoch"]), (&json!("degraded"), &json!(weir.epoch)), "{shown}");
    assert!(named(&shown, "warnings").contains(&"record_unsigned head".to_owned()), "{shown}");
    let line = r#"{"level":"error","reason":"record_unsigned","what":"head","key":"publisher-1"}"#;
    assert!(weir.running.log().contains(line), "the log should name record and key: {}", weir.running.log());
}
