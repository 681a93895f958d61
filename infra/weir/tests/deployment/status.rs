//! `weir status`: from the records and from the gateway.

use oauth::jwk::PrivateKeySet;
use registry::compile::{Validity, seal_quarantine};
use registry::folder;
use registry::record::Freshness;
use registry::snapshot::Quarantine;

use super::*;

/// The system's clock, Unix milliseconds.
#[allow(clippy::disallowed_methods, reason = "records of these tests are signed in the past")]
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is set");
    u64::try_from(since.as_millis()).expect("the clock is not far ahead")
}

/// Writes the example's records, signed `hours` ago; `head` ends after `head_hours`, `quarantine` after the other.
fn records(scratch: &Scratch, hours: u64, head_hours: u64, quarantine_hours: u64) -> u64 {
    let mut files = std::collections::BTreeMap::new();
    for path in ["", "origins", "virtual-servers", "policies"] {
        for entry in fs::read_dir(Path::new(example()).join(path)).expect("the example is there").flatten() {
            if entry.path().is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let name = if path.is_empty() { name } else { format!("{path}/{name}") };
                files.insert(name, fs::read_to_string(entry.path()).expect("the example is text"));
            }
        }
    }
    let checked = folder::check(&files);
    let epoch = now_ms() - hours * 3_600_000;
    let until = |hours: u64| epoch / 1_000 + hours * 3_600;
    let validity = Validity { head: until(head_hours), quarantine: until(quarantine_hours) };
    let sealed = checked.snapshot().expect("the example is sound").seal(&keys(scratch), epoch, validity);
    let sealed = sealed.expect("the example seals");
    for (key, bytes) in sealed.records.iter().chain(&sealed.standing) {
        write(scratch, key, bytes);
    }
    epoch
}

fn keys(scratch: &Scratch) -> PrivateKeySet {
    let set = fs::read_to_string(scratch.path("publisher.json")).expect("the key is there");
    PrivateKeySet::parse(&set).expect("it is a private set")
}

fn write(scratch: &Scratch, key: &str, bytes: &[u8]) {
    let path = scratch.path("records").join(key);
    fs::create_dir_all(path.parent().expect("a record has a folder")).expect("a folder can be made");
    fs::write(path, bytes).expect("a record is written");
}

fn status(scratch: &Scratch, url: &str, more: &[&str]) -> Output {
    scratch.write("public.json", &scratch.public("publisher"));
    let fixed = ["status", "--live", "--remote", "--keys", "public.json", "--url", url];
    scratch.weir(&[&fixed[..], more].concat())
}

#[test]
fn sound_deployment_is_well() {
    let scratch = Scratch::new();
    let epoch = records(&scratch, 1, 168, 48);
    let url = gateway(move |_, _| health("ok", epoch, &[]));
    let shown = status(&scratch, &url, &[]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    for part in [
        &format!("epoch       {epoch} of 20"),
        "head        until 20",
        " h left; signed by `publisher`",
        "quarantine  until 20",
        "needs       ACCESS_TOKEN_KEYS, ORIGIN_DOCUMENTS_SECRET, SEALING_KEYS, SIGNED_IDENTITY_KEYS",
        "gateway     ok, version 0.1.0, serves epoch ",
        "all is well",
    ] {
        assert!(out(&shown).contains(part), "`{part}`: {}", out(&shown));
    }
    let json = parsed(&status(&scratch, &url, &["--format", "json"]));
    assert_eq!((&json["store"]["epoch"], &json["findings"]), (&json!(epoch), &json!([])), "{json}");
    assert_eq!(json["store"]["head"]["key"], "publisher");
}

#[test]
fn record_warns_from_half_of_its_validity() {
    for (hours, head, quarantine, code, reasons) in [
        (23, 168, 48, 0, json!([])),
        (25, 168, 48, 6, json!([["warning", "record_expires_soon", "quarantine"]])),
        (
            85,
            168,
            168,
            6,
            json!([["warning", "record_expires_soon", "head"], ["warning", "record_expires_soon", "quarantine"]]),
        ),
        (49, 168, 48, 1, json!([["fault", "record_expired", "quarantine"]])),
    ] {
        let scratch = Scratch::new();
        let epoch = records(&scratch, hours, head, quarantine);
        let url = gateway(move |_, _| health("ok", epoch, &[]));
        let shown = status(&scratch, &url, &["--format", "json"]);
        assert_eq!(shown.status.code(), Some(code), "{hours} h: {shown:?}");
        let findings = parsed(&shown)["findings"].as_array().cloned().unwrap_or_default();
        let found: Vec<Value> =
            findings.iter().map(|finding| json!([finding["level"], finding["reason"], finding["what"]])).collect();
        assert_eq!(json!(found), reasons, "{hours} h");
    }
}

#[test]
fn record_that_gateways_refuse_is_a_fault() {
    let spoil = |key: &'static str| {
        move |scratch: &Scratch, epoch: u64| {
            write(scratch, &key.replace("EPOCH", &epoch.to_string()), b"no.record\n{}");
        }
    };
    let older = |scratch: &Scratch, epoch: u64| {
        let freshness = Freshness { sequence: epoch - 1, valid_until: epoch / 1_000 + 48 * 3_600 };
        let (key, bytes) = seal_quarantine(&Quarantine::default(), &keys(scratch), freshness).expect("it seals");
        write(scratch, &key, &bytes);
    };
    let missing =
        |scratch: &Scratch, _: u64| fs::remove_file(scratch.path("records/quarantine")).expect("it goes away");
    type Change<'a> = &'a dyn Fn(&Scratch, u64);
    let cases: [(Change<'_>, &str); 5] = [
        (&spoil("head"), "fault       record_unusable head"),
        (&spoil("quarantine"), "fault       record_unusable quarantine"),
        (&spoil("EPOCH/gateway"), "/gateway"),
        (&older, "fault       record_older_sequence quarantine"),
        (&missing, "fault       record_unusable quarantine: the record is missing"),
    ];
    for (change, said) in cases {
        let scratch = Scratch::new();
        let epoch = records(&scratch, 1, 168, 48);
        change(&scratch, epoch);
        let url = gateway(move |_, _| health("ok", epoch, &[]));
        let shown = status(&scratch, &url, &[]);
        assert_eq!(shown.status.code(), Some(1), "{said}: {shown:?}");
        assert!(out(&shown).contains(said), "`{said}`: {}", out(&shown));
    }
}

#[test]
fn names_are_shown_for_the_token() {
    let scratch = Scratch::new();
    scratch.write("health.token", "a-token-of-the-gateway");
    let url = gateway(|_, head| {
        let (code, body) = health("degraded", 7, &["secret_missing"]);
        let mut body: Value = serde_json::from_str(&body).expect("it is JSON");
        if head.to_ascii_lowercase().contains("bearer a-token-of-the-gateway") {
            body["warnings"] = json!([{ "reason": "secret_missing", "what": "ORIGIN_CRM_SECRET" }]);
            body["records"] = json!({ "head": null, "quarantine": null });
        }
        (code, body.to_string())
    });
    let shown = scratch.weir(&["status", "--url", &url, "--token-file", "health.token"]);
    assert_eq!(shown.status.code(), Some(6), "{shown:?}");
    assert!(out(&shown).contains("warning     secret_missing ORIGIN_CRM_SECRET"), "{shown:?}");
    let shown = scratch.weir(&["status", "--url", &url]);
    assert_eq!(shown.status.code(), Some(6), "{shown:?}");
    assert!(out(&shown).contains("secret_missing: the gateway names it for --token-file only"), "{shown:?}");
}

#[test]
fn gateway_that_is_behind_or_unreachable_is_reported() {
    let scratch = Scratch::new();
    let epoch = records(&scratch, 1, 168, 48);
    let url = gateway(|_, _| health("ok", 7, &[]));
    let shown = status(&scratch, &url, &[]);
    assert_eq!(shown.status.code(), Some(6), "{shown:?}");
    assert!(out(&shown).contains(&format!("epoch_behind epoch {epoch}: it serves epoch 7")), "{shown:?}");
    let url = gateway(|_, _| health("fault", 7, &["record_unsigned"]));
    assert_eq!(scratch.weir(&["status", "--url", &url]).status.code(), Some(1), "a fault should end in 1");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let shown = scratch.weir(&["status", "--url", &format!("http://{free}")]);
    assert_eq!(shown.status.code(), Some(1), "{shown:?}");
    assert!(out(&shown).contains("gateway_unreachable"), "{shown:?}");
}

#[test]
fn status_of_nothing_is_a_usage_error() {
    let scratch = Scratch::new();
    for arguments in [
        &["status"][..],
        &["status", "--url", "http://gateway.example.com"],
        &["status", "--remote", "--url", "https://a"],
    ] {
        assert_eq!(scratch.weir(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
