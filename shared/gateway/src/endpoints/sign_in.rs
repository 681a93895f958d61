//! The browser sign-in: an authorization server for the client, a relying party of the corporate identity provider.
//!
//! ```text
//! browser ─ GET /oauth/authorize ─▶ Weir ─ 302 ─▶ identity provider ─ 302 ─▶ GET /oauth/callback
//!    consent page ◀─ 200 ─┘ code redeemed, ID token verified
//!    └─ POST /oauth/consent ─▶ 200, leads on to the client's redirect URI with Weir's own code
//! client  ─ POST /oauth/token (code, then refresh tokens) ─▶ access token
//! ```
//!
//! | step | file | kept by |
//! |---|---|---|
//! | client: registry, metadata document, registration | `client`, `documents`, `register` | nobody: sealed into the client id, or fetched |
//! | authorize | `authorize`, `transaction` | the browser: state sealed and bound to a cookie |
//! | callback | `callback`, `provider` | the consent page's form: sealed and bound to the cookie |
//! | consent | `consent`, `remembered` | a cookie of authentication codes |
//! | pages of Weir's own | `visit` begins them, `endpoints/grants` has them | the browser: as `authorize` |
//! | code and refresh tokens | `family`, `redeem`, `refresh`, `revoke` | one record per sign-in in the `VersionedStore` |

mod authorize;
pub(in crate::endpoints) mod browser;
mod callback;
pub(in crate::endpoints) mod caller;
mod client;
mod consent;
mod documents;
pub(in crate::endpoints) mod failure;
mod family;
pub(in crate::endpoints) mod limits;
mod offers;
mod provider;
mod redeem;
mod refresh;
mod register;
mod remembered;
mod revoke;
pub(in crate::endpoints) mod site;
mod transaction;
pub(in crate::endpoints) mod visit;

use bytes::Bytes;
use futures::channel::oneshot;
use http::{Method, Request, Response};
use ports::{Body, Host};

use crate::endpoints::Endpoint;
use crate::endpoints::grants::{callback as grant_callback, connect, me};
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::line::audit::Record;
use crate::line::{deliver, respond};
use crate::records;
use failure::SignInFailure;
use site::Site;

pub(crate) use client::keys as client_keys;
pub(crate) use limits::take_assertion;
pub(crate) use redeem::redeem;
pub(crate) use refresh::refresh;
pub(crate) use revoke::revoke;
pub(crate) use site::Presented;

/// Answers one request of a browser or, for a registration, of a client.
pub(crate) async fn answer<H: Host>(
    gateway: Gateway<H>,
    endpoint: Endpoint,
    request: Request<Bytes>,
    answer: oneshot::Sender<Response<Body>>,
) {
    let mut record = match Record::open(&gateway, &request) {
        Ok(record) => record,
        Err(fault) => return drop(answer.send(respond::unrecorded(&fault.into(), &[]))),
    };
    record.operation(match (&endpoint, request.method()) {
        (Endpoint::Connect(_), _) => "connect",
        (Endpoint::GrantCallback(_), _) => "oauth/grants/callback",
        (Endpoint::Me, &Method::POST) => "me/revoke",
        (Endpoint::Me, _) => "me",
        (Endpoint::Callback, _) => "oauth/callback",
        (Endpoint::Consent, _) => "oauth/consent",
        (Endpoint::Registration, _) => "oauth/register",
        _ => "oauth/authorize",
    });
    let (response, reason) = match step(&gateway, &endpoint, request, &mut record).await {
        Ok(response) => (response, None),
        Err(failure) => {
            let reason = failure.reason();
            (failure.response(&gateway, &endpoint, &record), Some(reason))
        }
    };
    record.redeemed(reason, response.status());
    deliver::hand_over(&gateway, response, record, answer).await;
}

async fn step<H: Host>(
    gateway: &Gateway<H>,
    endpoint: &Endpoint,
    request: Request<Bytes>,
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    let refused = |refusal: Refusal| Err(Failure::from(refusal).into());
    let method = request.method().clone();
    let posted = match endpoint {
        Endpoint::Me => method == Method::POST,
        endpoint => matches!(endpoint, Endpoint::Consent | Endpoint::Registration),
    };
    if method != if posted { Method::POST } else { Method::GET } && (posted || method != Method::HEAD) {
        return refused(Refusal::MethodNotAllowed { allow: endpoint.allow() });
    }
    let live = records::live(gateway).await.map_err(Failure::from)?;
    record.live(&live);
    let Some(site) = Site::of(&live) else {
        return refused(match endpoint {
            Endpoint::Authorization => Refusal::NoSignIn,
            _ => Refusal::UnknownPath,
        });
    };
    // The preview of a link must not use up a code.
    if method == Method::HEAD {
        return refused(Refusal::MethodNotAllowed { allow: endpoint.allow() });
    }
    match endpoint {
        Endpoint::Connect(origin) => connect::answer(gateway, &site, origin, &request).await,
        Endpoint::GrantCallback(origin) => grant_callback::answer(gateway, &site, (origin, &request), record).await,
        Endpoint::Me if posted => me::revoke(gateway, &site, &request, record).await,
        Endpoint::Me => me::show(gateway, &site, &request, record).await,
        Endpoint::Callback => callback::answer(gateway, &site, &request, record).await,
        Endpoint::Consent => consent::answer(gateway, &site, &request, record).await,
        Endpoint::Registration if site.sign_in.registration => register::answer(gateway, &site, &request).await,
        Endpoint::Registration => refused(Refusal::UnknownPath),
        _ => authorize::answer(gateway, &site, &request).await,
    }
}
