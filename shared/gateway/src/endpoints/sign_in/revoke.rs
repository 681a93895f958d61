//! Revocation (RFC 7009): a client ends the sign-in of a refresh token.
//!
//! Access tokens are signed and kept nowhere: they live out their time, and a request to revoke one is told so.

use std::rc::Rc;

use oauth::access_token;
use oauth::refresh_token::Handle;
use oauth::token_request::TokenError;
use ports::Host;

use super::redeem::check_client;
use super::site::{Presented, Site};
use super::{family, limits};
use crate::endpoints::issue::{self, Unissued};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys;
use crate::line::audit::Record;
use crate::principal::Principal;

/// Ends the sign-in that the token belongs to. A token of any generation does: it was the client's own, or is stolen. A
/// token that is unknown or over is no error (RFC 7009 §2.2).
pub(crate) async fn revoke<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: Presented<'_>,
    record: &mut Record,
) -> Result<(), Unissued> {
    let text = presented.request.token.as_deref().unwrap_or_default();
    if access_token::is_alike(text) {
        return Err(TokenError::unsupported_token_type().into());
    }
    if Site::of(live).is_none() {
        return Ok(());
    }
    let keys = keys::required_sealing(gateway).await?;
    let token = Handle::parse_refresh_token(text).filter(|token| family::is_genuine(&keys, token));
    let Some(token) = token else { return Ok(()) };
    record.agent(presented.client_id);
    limits::take_token(gateway).await?;
    let Some((_, found)) = family::read(gateway, &token.family).await? else { return Ok(()) };
    if found.client_id != presented.client_id {
        return Err(TokenError::invalid_grant("refresh_token_wrong_client", "the token is of another client").into());
    }
    check_client(&presented, &found)?;
    let target = (found.resource.clone(), found.scope.clone());
    let claims = issue::claims(gateway, live, found.person, &found.client_id, target, found.began_at, None).await?;
    record.caller(Rc::new(Principal::new(claims)));
    Ok(family::revoke(gateway, &token.family).await?)
}
