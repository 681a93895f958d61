//! The user's own grant at the origin's authorization server, or the question for one.

use http::HeaderValue;
use json::RawJson;
use mcp::era::Era;
use mcp::input_request::InputRequest;
use mcp::method::Method;
use ports::Host;

use crate::error::{AskingForm, Fault, GrantNeeded};
use crate::isolate::outbound_tokens::TokenKey;
use crate::line::parse::Operation;
use crate::origin::outbound::OriginCall;
use crate::vault::grant::Holder;
use crate::vault::link;
use crate::vault::refresh::{self, Access, Asked};

/// The access token of the user's grant; `spent` is one that the origin has refused.
pub(super) async fn access<H: Host>(call: &OriginCall<'_, H>, spent: Option<&HeaderValue>) -> Result<Access, Fault> {
    let bearer = |value: &HeaderValue| value.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned);
    let asked = Asked {
        holder: holder(call),
        url: call.message().live().gateway.url.clone(),
        facts: TokenKey::facts(call.origin).to_hex(),
        not_before: not_before(call),
        refused: spent.and_then(bearer),
    };
    match refresh::token(call.gateway, &asked).await? {
        Some(access) => Ok(access),
        None => Err(grant_needed(call).await),
    }
}

/// The instant, Unix seconds, before which the quarantine has ended all that the user had.
pub(super) fn not_before<H: Host>(call: &OriginCall<'_, H>) -> u64 {
    let authenticated = call.message().authenticated();
    authenticated.quarantine().not_before_of(&authenticated.principal().key())
}

fn holder<H: Host>(call: &OriginCall<'_, H>) -> Holder {
    Holder { user: call.message().principal().key(), origin: call.origin.name.clone() }
}

/// The question for a grant.
pub(super) async fn grant_needed<H: Host>(call: &OriginCall<'_, H>) -> Fault {
    let live = call.message().live();
    let gateway = &live.gateway;
    let issuer = &call.message().principal().claims().identity_provider;
    let signs_in = gateway.sign_in.as_ref().is_some_and(|sign_in| {
        gateway.issuers.iter().any(|known| known.name == sign_in.issuer && known.issuer == *issuer)
    });
    let link = match signs_in {
        true => link::make(call.gateway, &gateway.url, &holder(call), &call.resolved.server().record().name).await,
        false => Ok(None),
    };
    let (url, id) = match link {
        Ok(link) => link.unzip(),
        Err(fault) => return fault,
    };
    let origin = call.origin.name.clone();
    Fault::GrantNeeded(Box::new(GrantNeeded { origin, url, id: id.unwrap_or_default(), form: form(call) }))
}

/// The form that the client has declared. A result that asks for input is only for three methods (MCP 2026-07-28, multi
/// round-trip requests).
fn form<H: Host>(call: &OriginCall<'_, H>) -> AskingForm {
    let message = call.message();
    let declared = |capabilities: &RawJson| {
        capabilities.at(&["elicitation", "url"]).is_some_and(|url| url.kind() == json::Kind::Object)
    };
    let may_ask = matches!(
        message.operation(),
        Operation::Method(Method::ToolsCall | Method::PromptsGet | Method::ResourcesRead)
    );
    match message.era() {
        Era::Modern if may_ask && declared(&message.meta().client_capabilities) => AskingForm::InputRequired,
        Era::Legacy
            if call
                .resolved
                .session()
                .is_some_and(|session| session.capabilities().allow(InputRequest::ElicitationUrl, None)) =>
        {
            AskingForm::Error
        }
        Era::Modern | Era::Legacy => AskingForm::Words,
    }
}
