//! A deployment that lacks a setting: it serves nothing, and both the health endpoint and its log name the missing
//! setting.

use harness::{Draft, Setup};
use http::Method;

use super::on_spin;

/// Takes something away from a deployment.
type Withhold = fn(&mut Setup);

/// The fault that the health endpoint should report, and the change of the deployment that causes it.
fn lacking() -> [(&'static str, Withhold); 6] {
    [
        ("the variable `access_token_keys` is not set", |setup| drop(setup.secrets.remove("ACCESS_TOKEN_KEYS"))),
        ("the variable `redis_url` is not set", |setup| setup.withheld = Some("redis_url")),
        ("the variable `redis_url` is no address", |setup| {
            setup.secrets.insert("REDIS_URL".to_owned(), "redis://127.0.0.1:6379".to_owned());
            setup.withheld = Some("allowed_outbound_hosts");
        }),
        ("the variable `trusted_proxies` is neither", |setup| {
            setup.secrets.insert("TRUSTED_PROXIES".to_owned(), "the proxy".to_owned());
        }),
        ("the key-value store `default` is missing", |setup| setup.withheld = Some("key_value_stores")),
        ("the database `default` is missing", |setup| setup.withheld = Some("sqlite_databases")),
    ]
}

#[test]
fn missing_setting_is_named_and_nothing_is_served() {
    for (fault, withhold) in lacking() {
        let setup = || {
            let mut setup = Setup::new();
            withhold(&mut setup);
            setup
        };
        let Some(weir) = on_spin(setup) else { return };
        let health = weir.send(Draft::bare(Method::GET, "/healthz"));
        assert_eq!(health.status, 503, "{fault}: {}", health.text());
        assert!(health.text().contains(fault), "`{fault}` should be reported: {}", health.text());
        let list = weir.list("alice");
        assert_eq!(list.status, 503, "{fault}: nothing should be served: {}", list.text());
        assert!(!list.text().contains("default") && !list.text().contains('`'), "{fault}: {}", list.text());
        assert_eq!(weir.running.log().matches(fault).count(), 1, "once in the log: {}", weir.running.log());
    }
}
