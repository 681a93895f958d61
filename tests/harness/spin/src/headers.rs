//! The headers that Spin adds to a request after the client's own.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::route::Route;

/// A header whose value is not text, which Spin refuses.
#[derive(Debug, thiserror::Error)]
#[error("a header's value is not text")]
pub struct NotText;

/// Appends Spin's headers. A client's header of the same name comes first, so a component must read the last one.
pub fn add(
    headers: &mut HeaderMap,
    uri: &Uri,
    (route, rest): (&Route, &str),
    client: SocketAddr,
) -> Result<(), NotText> {
    // Connection is a hop-by-hop header (RFC 9110 §7.6.1).
    headers.remove(header::CONNECTION);
    if headers.values().any(|value| std::str::from_utf8(value.as_bytes()).is_err()) {
        return Err(NotText);
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let added = [
        ("spin-path-info", rest.to_owned()),
        ("spin-full-url", format!("http://{host}{target}")),
        ("spin-matched-route", route.written.clone()),
        ("spin-base-path", "/".to_owned()),
        ("spin-raw-component-route", route.written.clone()),
        ("spin-component-route", route.prefix.clone()),
        ("spin-client-addr", client.to_string()),
    ];
    for (name, value) in added {
        // A path that is no valid header value is left out, as in Spin.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{manifest::HttpTrigger, route::Router};

    #[test]
    fn spins_headers_follow_the_clients_own() {
        let trigger = HttpTrigger { route: "/ledger/...".to_owned(), component: "ledger".to_owned() };
        let router = Router::new(&[trigger]).expect("the route should do");
        let uri: Uri = "/ledger/drain?a=1".parse().expect("a path is a URI");
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("weir.example"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        headers.insert("spin-client-addr", HeaderValue::from_static("203.0.113.9:1"));
        let found = router.find(uri.path()).expect("the path should have a route");
        add(&mut headers, &uri, found, SocketAddr::from(([127, 0, 0, 1], 4242))).expect("all is text");

        let addresses: Vec<_> = headers.get_all("spin-client-addr").iter().collect();
        assert_eq!(addresses, ["203.0.113.9:1", "127.0.0.1:4242"], "the true address comes last");
        assert_eq!(headers["spin-full-url"], "http://weir.example/ledger/drain?a=1");
        assert_eq!(headers["spin-path-info"], "/drain");
        assert_eq!(headers["spin-component-route"], "/ledger");
        assert!(!headers.contains_key(header::CONNECTION), "`Connection` ends at the host");
    }

    #[test]
    fn header_that_is_not_text_is_refused() {
        let router = Router::new(&[HttpTrigger { route: "/...".to_owned(), component: "x".to_owned() }]);
        let router = router.expect("the route should do");
        let mut headers = HeaderMap::new();
        headers.insert("x-name", HeaderValue::from_bytes(b"\xff").expect("a header may hold any byte but controls"));
        let found = router.find("/").expect("the tree has the root");
        let client = SocketAddr::from(([127, 0, 0, 1], 1));
        assert!(add(&mut headers, &Uri::from_static("/"), found, client).is_err(), "Spin reads headers as text");
    }
}
