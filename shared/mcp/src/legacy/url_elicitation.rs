//! Pages that a user has to open before a request can be served: an error in the legacy era, a question in the modern one.
//!
//! ```text
//! legacy  {"code":-32042,…,"data":{"elicitations":[{"mode":"url","elicitationId":…,"url":…,"message":…}]}}
//! modern  {"resultType":"input_required","inputRequests":{"url-1":{"method":"elicitation/create","params":{"mode":"url",…}}}}
//! ```
//!
//! The modern client answers by asking again, as the legacy one would; the origin knows by then whether the page was opened.

use json::{Kind, Members, RawJson};

/// Most pages of one error that are passed on.
const MAX_PAGES: usize = 16;

/// Whether a modern client that declares these capabilities shows its user pages to open.
pub(super) fn opens_urls(capabilities: &RawJson) -> bool {
    let elicitation = capabilities.members().ok().and_then(|members| members.get("elicitation")?.members().ok());
    elicitation.is_some_and(|elicitation| elicitation.get("url").is_some_and(|url| url.kind() == Kind::Object))
}

/// The result that asks a modern client for what this error -32042 says; `None` when it says it in another form.
pub(super) fn input_required(error: &RawJson) -> Option<RawJson> {
    let data = error.members().ok()?.get("data")?.members().ok()?;
    let pages = data.get("elicitations")?.elements().ok()?;
    if pages.is_empty() || pages.len() > MAX_PAGES {
        return None;
    }
    let mut requests = Members::new();
    for (at, page) in pages.iter().enumerate() {
        requests.set(&format!("url-{}", at + 1), request(page)?);
    }
    let mut result = Members::new();
    result.set("resultType", RawJson::from_string("input_required"));
    result.set("inputRequests", requests.to_raw());
    Some(result.to_raw())
}

fn request(page: &RawJson) -> Option<RawJson> {
    let page = page.members().ok()?;
    let text = |name| page.get(name).filter(|value| value.kind() == Kind::String).cloned();
    let mut params = Members::new();
    params.set("mode", RawJson::from_string("url"));
    params.set("message", text("message")?);
    params.set("url", text("url")?);
    let mut request = Members::new();
    request.set("method", RawJson::from_string("elicitation/create"));
    request.set("params", params.to_raw());
    Some(request.to_raw())
}
