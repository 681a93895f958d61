//! The publisher's key: where it comes from, and the comparison with the keys that the gateway trusts.

use std::process::Stdio;

use super::*;

/// A wrangler.toml whose variable REGISTRY_KEYS is `keys`, for production and for `staging`.
fn configuration(keys: &str, staging: &str) -> String {
    let namespace = "kv_namespaces = [{ binding = \"REGISTRY\", id = \"0123\" }]\n";
    format!(
        "{namespace}[vars]\nREGISTRY_KEYS = '{keys}'\n[env.staging]\n{namespace}[env.staging.vars]\n\
         REGISTRY_KEYS = '{staging}'\n"
    )
}

#[test]
fn untrusted_key_writes_nothing() {
    let scratch = Scratch::new();
    let (own, other) = (scratch.public("publisher"), scratch.key("other"));
    // The same id with another key.
    let twin = other.replace("\"other\"", "\"publisher\"");
    for (keys, staging, more, said) in [
        (other.as_str(), "", &["--remote"][..], "holds `other`"),
        (&twin, "", &["--remote"], "holds `publisher`, and that is another key of this id"),
        ("", "", &["--remote"], "is empty, so the gateway trusts no key"),
        ("fill-in-the-public-keys", "", &["--remote"], "is empty, so the gateway trusts no key"),
        ("{}", "", &["--remote"], "is no set of public keys"),
        (&own, &other, &["--remote", "--env", "staging"], "holds `other`"),
        (&other, "", &["--local"], "holds `other`"),
        (&other, "", &["--remote", "--quarantine-only"], "holds `other`"),
        (&other, "", &["--remote", "--dry-run"], "holds `other`"),
    ] {
        scratch.write("wrangler.toml", &configuration(keys, staging));
        let done = scratch.publish(more);
        assert_eq!(done.status.code(), Some(4), "{more:?}: {done:?}");
        let said = ["nothing was published: the gateway does not trust the key `publisher`", "wrangler.toml", said];
        assert!(said.iter().all(|said| err(&done).contains(said)), "{more:?}: {done:?}");
        assert_eq!((scratch.puts(), out(&done).contains("published")), (0, false), "{more:?}: {done:?}");
    }
    scratch.write("wrangler.toml", &configuration(&own, &own));
    for more in [&["--env", "stagin"][..], &["--binding", "NOPE"]] {
        let done = scratch.publish(&[&["--remote", "--dry-run"], more].concat());
        assert_eq!(done.status.code(), Some(2), "a misspelt name passes no dry run: {done:?}");
    }
}

#[test]
fn trusted_key_is_found_where_the_gateway_has_it() {
    let scratch = Scratch::new();
    let (own, other) = (scratch.public("publisher"), scratch.key("other"));
    scratch.write("own.json", &own);
    let url = gateway(|_, _| health("ok", u64::MAX, &[]));
    for (keys, staging, dev, more) in [
        (own.as_str(), other.as_str(), "", &["--remote"][..]),
        (&other, &own, "", &["--remote", "--env", "staging"]),
        (&other, &other, "", &["--remote", "--keys", "own.json"]),
        (&other, "", own.as_str(), &["--local"]),
        ("", "", "", &["--local"]),
    ] {
        scratch.write("wrangler.toml", &configuration(keys, staging));
        scratch.write(".dev.vars", &if dev.is_empty() { String::new() } else { format!("REGISTRY_KEYS='{dev}'\n") });
        let before = scratch.puts();
        let done = scratch.publish(&[more, &["--url", &url]].concat());
        assert_eq!(done.status.code(), Some(0), "{more:?}: {done:?}");
        assert!(out(&done).contains(&format!("published: {url} serves epoch")), "{more:?}: {done:?}");
        assert_eq!(scratch.puts(), before + 2, "{more:?}");
    }
    let calls = fs::read_to_string(scratch.path("calls")).expect("wrangler was called");
    assert_eq!(calls.matches(" --remote --env staging").count(), 3, "wrangler should know the environment: {calls}");
}

#[test]
fn variables_of_spin_are_compared() {
    let scratch = Scratch::new();
    let (own, other) = (scratch.public("publisher"), scratch.key("other"));
    let manifest = "[variables]\nregistry_keys = { default = 'KEYS' }\n[component.gateway]\nsource = \"a.wasm\"\n";
    for (default, file, variable, code, said) in [
        ("", "", "", 0, "is not compared with the gateway's REGISTRY_KEYS"),
        (own.as_str(), "", "", 0, ""),
        (&other, "", "", 4, "spin.toml"),
        (&other, own.as_str(), "", 0, ""),
        (&own, &other, "", 4, ".env"),
        (&other, &other, own.as_str(), 0, ""),
        (&own, &own, &other, 4, "the environment variable SPIN_VARIABLE_REGISTRY_KEYS"),
    ] {
        scratch.write("spin.toml", &manifest.replace("KEYS", default));
        scratch.write(
            ".env",
            &if file.is_empty() { String::new() } else { format!("SPIN_VARIABLE_REGISTRY_KEYS={file}\n") },
        );
        let arguments = ["registry", "publish", example(), "--key", "publisher.json", "--to", "spin", "--dry-run"];
        let mut command = scratch.command(&arguments);
        if !variable.is_empty() {
            command.env("SPIN_VARIABLE_REGISTRY_KEYS", variable);
        }
        let done = command.output().expect("weir runs");
        assert_eq!(done.status.code(), Some(code), "{said}: {done:?}");
        assert!(err(&done).contains(said), "{said}: {done:?}");
        assert!(!scratch.path(".spin").exists(), "a dry run should write nothing");
    }
}

#[test]
fn key_comes_from_file_standard_input_or_variable() {
    let scratch = Scratch::new();
    let set = fs::read_to_string(scratch.path("publisher.json")).expect("the key is there");
    let compile = |more: &[&str]| {
        let arguments = ["registry", "compile", example(), "--output", "sealed"];
        scratch.command(&[&arguments[..], more].concat())
    };
    let piped = |command: &mut Command, input: &str| {
        let mut weir = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let weir = weir.as_mut().expect("weir starts");
        weir.stdin.take().expect("it has an input").write_all(input.as_bytes()).expect("it reads its input");
        let mut said = String::new();
        weir.stderr.take().expect("it has one").read_to_string(&mut said).expect("it writes text");
        (weir.wait().expect("weir ends").code(), said)
    };
    assert_eq!(piped(&mut compile(&["--key", "-"]), &set).0, Some(0));
    let (code, said) = piped(&mut compile(&["--key", "-"]), "{}");
    assert_eq!((code, said.contains("standard input holds no signing keys")), (Some(2), true), "{said}");
    let done = compile(&[]).env("WEIR_PUBLISHER_KEY", &set).output().expect("weir runs");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let done = compile(&[]).env("WEIR_PUBLISHER_KEY", "hush").output().expect("weir runs");
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert!(
        err(&done).contains("WEIR_PUBLISHER_KEY holds no signing keys") && !err(&done).contains("hush"),
        "{done:?}"
    );
    let done = compile(&[]).output().expect("weir runs");
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert!(err(&done).contains("no key: name a file with --key"), "{done:?}");
}
