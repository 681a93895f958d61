//! Elicitations in URL mode before a request: error -32042 in the legacy era, `input_required` in the modern era.
//!
//! ```text
//! legacy  {"code":-32042,…,"data":{"elicitations":[{"mode":"url","elicitationId":…,"url":…,"message":…}]}}
//! modern  {"resultType":"input_required","inputRequests":{"url-1":{"method":"elicitation/create","params":{"mode":"url",…}}}}
//! ```
//!
//! A modern client repeats the request, as a legacy one does; the origin knows by then if the user has completed the
//! page.

use json::{Kind, Members, RawJson};

/// The maximum number of elicitations in one error.
const MAX_ELICITATIONS: usize = 16;

/// True if the client's capabilities have `elicitation.url` (MCP 2026-07-28, elicitation).
pub(super) fn declares_url_elicitation(capabilities: &RawJson) -> bool {
    let elicitation = capabilities.members().ok().and_then(|members| members.get("elicitation")?.members().ok());
    elicitation.is_some_and(|elicitation| elicitation.get("url").is_some_and(|url| url.kind() == Kind::Object))
}

/// Translates error -32042 to the result `input_required`; `None` if its `data` is malformed.
pub(super) fn input_required(error: &RawJson) -> Option<RawJson> {
    let data = error.members().ok()?.get("data")?.members().ok()?;
    let elicitations = data.get("elicitations")?.elements().ok()?;
    if elicitations.is_empty() || elicitations.len() > MAX_ELICITATIONS {
        return None;
    }
    let mut requests = Members::new();
    for (at, elicitation) in elicitations.iter().enumerate() {
        requests.set(&format!("url-{}", at + 1), request(elicitation)?);
    }
    let mut result = Members::new();
    result.set("resultType", RawJson::from_string("input_required"));
    result.set("inputRequests", requests.to_raw());
    Some(result.to_raw())
}

fn request(elicitation: &RawJson) -> Option<RawJson> {
    let elicitation = elicitation.members().ok()?;
    let text = |name| elicitation.get(name).filter(|value| value.kind() == Kind::String).cloned();
    let mut params = Members::new();
    params.set("mode", RawJson::from_string("url"));
    params.set("message", text("message")?);
    params.set("url", text("url")?);
    let mut request = Members::new();
    request.set("method", RawJson::from_string("elicitation/create"));
    request.set("params", params.to_raw());
    Some(request.to_raw())
}
