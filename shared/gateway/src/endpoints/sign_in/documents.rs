//! Client-id metadata documents: fetched from the hosts that the registry lists, without redirects, and kept for a
//! while.
//!
//! The list of hosts is closed, so an anonymous caller chooses none of them. A Worker reaches public addresses only,
//! and a Spin component the hosts of its manifest, whatever a name resolves to.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use oauth::client_metadata::{self, Authentication, ClientMetadata, MAX_DOCUMENT_BYTES};
use oauth::jwk::KeySet;
use ports::{Clock, FetchLimits, Host};

use crate::deadline::within;
use crate::fetch;
use crate::gateway::Gateway;
use crate::user_agent::USER_AGENT;

const LIMITS: FetchLimits = FetchLimits { deadline: Duration::from_secs(5), body_bytes: MAX_DOCUMENT_BYTES };
/// The limits of a client's keys: eight RSA keys with certificates.
const KEY_LIMITS: FetchLimits = FetchLimits { deadline: Duration::from_secs(5), body_bytes: 32 * 1024 };

/// The time that a document is kept without `max-age`, and the bounds of that (RFC 9111 §5.2.2.1): a document of a
/// million people is read once per isolate, and a withdrawn redirect URI counts for a day at most.
const KEPT: (u64, u64, u64) = (300, 3_600, 86_400);
/// The time that a failure is kept: it bounds what an anonymous caller can make Weir send.
const FAILED: Duration = Duration::from_secs(60);

/// The metadata at the URL `client_id`; `None` if it can't be used, for whatever reason.
pub(super) async fn read<H: Host>(
    gateway: &Gateway<H>,
    client_id: &str,
    private_use: &[String],
) -> Option<Rc<ClientMetadata>> {
    let now = gateway.host.clock().now();
    if let Some(held) = gateway.isolate.sign_in.borrow().document(client_id, now) {
        return held;
    }
    let (document, life) = match fetched(gateway, client_id, private_use).await {
        Some((document, life)) => (Some(Rc::new(document)), life),
        None => (None, FAILED),
    };
    let now = gateway.host.clock().now();
    gateway.isolate.sign_in.borrow_mut().insert_document(client_id, document.clone(), now, life);
    document
}

/// The metadata, with the client's keys in it, and the time that both may be kept.
async fn fetched<H: Host>(
    gateway: &Gateway<H>,
    client_id: &str,
    private_use: &[String],
) -> Option<(ClientMetadata, Duration)> {
    let (document, life) = get(gateway, client_id, LIMITS).await?;
    let metadata = client_metadata::from_document(client_id, &document, private_use).ok()?;
    let Authentication::KeysAt(url) = &metadata.authentication else { return Some((metadata, life)) };
    let (keys, life_of_keys) = get(gateway, url, KEY_LIMITS).await?;
    let keys = String::from_utf8(keys).ok().filter(|keys| KeySet::parse(keys).is_ok())?;
    Some((ClientMetadata { authentication: Authentication::Keys(keys), ..metadata }, life.min(life_of_keys)))
}

/// The document and the time that it may be kept, within the deadline.
async fn get<H: Host>(gateway: &Gateway<H>, url: &str, limits: FetchLimits) -> Option<(Vec<u8>, Duration)> {
    within(&gateway.host, limits.deadline, response(gateway, url, limits)).await.flatten()
}

async fn response<H: Host>(gateway: &Gateway<H>, url: &str, limits: FetchLimits) -> Option<(Vec<u8>, Duration)> {
    let request = http::Request::get(url).header(header::ACCEPT, "application/json");
    let request = request.header(header::USER_AGENT, USER_AGENT).body(Bytes::new()).ok()?;
    let response = fetch::send(&gateway.host, request, limits).await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    let life = life(response.headers());
    Some((fetch::whole(response.into_body()).await.ok()?, life))
}

/// The time that `Cache-Control` allows, within the bounds.
fn life(headers: &HeaderMap) -> Duration {
    let (least, usual, most) = KEPT;
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives =
        values.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase());
    let seconds = directives.find_map(|directive| match directive.as_str() {
        "no-store" | "no-cache" => Some(0),
        _ => directive.strip_prefix("max-age=")?.parse().ok(),
    });
    Duration::from_secs(seconds.unwrap_or(usual).clamp(least, most))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn life_follows_the_document_within_bounds() {
        for (value, seconds) in [
            ("", 3_600),
            ("public, max-age=600", 600),
            ("Max-Age=600", 600),
            ("max-age=1", 300),
            ("max-age=99999999", 86_400),
            ("no-store", 300),
            ("max-age=x", 3_600),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
            assert_eq!(life(&headers), Duration::from_secs(seconds), "{value}");
        }
    }
}
