//! Requests of a server for input from the client or its user: elicitation in two modes, sampling, roots.
//!
//! ```text
//! legacy  a request on a stream            {"id":1,"method":"elicitation/create","params":{"mode":"form",…}}
//!         an error                         {"code":-32042,"data":{"elicitations":[{"mode":"url",…}]}}
//! modern  a result                         {"resultType":"input_required","inputRequests":{"k":{"method":…,"params":{…}}}}
//!         a task, or its notification      {"taskId":…,"status":"input_required","inputRequests":{…}}
//!         an error that wants a capability {"code":-32021,"data":{"requiredCapabilities":{"sampling":{}}}}
//! ```

use json::{Kind, Members, RawJson};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error_code::MISSING_REQUIRED_CLIENT_CAPABILITY;

/// The member of a result or task that holds its requests (MCP 2026-07-28, multi round-trip requests).
pub const INPUT_REQUESTS: &str = "inputRequests";

/// The error code of MCP 2025-11-25 that demands an elicitation in URL mode; MCP 2026-07-28 forbids it.
pub const URL_ELICITATION_REQUIRED: i64 = -32042;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputRequest {
    /// `elicitation/create` in form mode, which is also meant without a mode: the user fills in a form of the client.
    ElicitationForm,
    /// `elicitation/create` in URL mode, and error -32042: the user opens a page that the server chooses.
    ElicitationUrl,
    /// `sampling/createMessage`: the client's model answers a prompt of the server.
    Sampling,
    /// `roots/list`: the client names its folders.
    Roots,
}

/// An input request of a result or task is not one of [`InputRequest`], or can't be parsed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an input request has an unknown method or mode, or can't be parsed")]
pub struct UnknownInputRequest;

impl InputRequest {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::ElicitationForm, Self::ElicitationUrl, Self::Sampling, Self::Roots];

    /// Its name in the registry and in audit events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ElicitationForm => "elicitation_form",
            Self::ElicitationUrl => "elicitation_url",
            Self::Sampling => "sampling",
            Self::Roots => "roots",
        }
    }

    /// Reads the name of [`Self::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|request| request.as_str() == name)
    }

    /// The kind of a request; `None` for any other method, and for a mode of elicitation that MCP doesn't define.
    #[must_use]
    pub fn of(method: &str, params: Option<&Members>) -> Option<Self> {
        match method {
            "elicitation/create" => match params.and_then(|params| params.get("mode")) {
                None => Some(Self::ElicitationForm),
                Some(mode) => match mode.string().as_deref() {
                    Some("form") => Some(Self::ElicitationForm),
                    Some("url") => Some(Self::ElicitationUrl),
                    _ => None,
                },
            },
            "sampling/createMessage" => Some(Self::Sampling),
            "roots/list" => Some(Self::Roots),
            _ => None,
        }
    }

    /// The kinds of the `inputRequests` of a result or task, one for each request; none without the member.
    ///
    /// # Errors
    ///
    /// [`UnknownInputRequest`] if one is of no kind, or if the member occurs twice.
    pub fn of_result(result: &RawJson) -> Result<Vec<Self>, UnknownInputRequest> {
        let [requests] = result.find([INPUT_REQUESTS]).map_err(|_| UnknownInputRequest)?;
        requests.as_ref().map_or(Ok(Vec::new()), Self::of_map)
    }

    /// The kinds of the requests in an `inputRequests` object, one for each.
    ///
    /// # Errors
    ///
    /// [`UnknownInputRequest`] if one is of no kind.
    pub fn of_map(requests: &RawJson) -> Result<Vec<Self>, UnknownInputRequest> {
        let kind = |request: &RawJson| {
            let request = request.members().ok()?;
            let params = request.get("params").map(RawJson::members).transpose().ok()?;
            Self::of(&request.get("method")?.string()?, params.as_ref())
        };
        let requests = requests.members().map_err(|_| UnknownInputRequest)?;
        requests.iter().map(|(_, request)| kind(request).ok_or(UnknownInputRequest)).collect()
    }

    /// The kinds of request in an error: one for each page of error -32042, one for each capability that error -32021
    /// requires.
    #[must_use]
    pub fn of_error(code: i64, error: &RawJson) -> Vec<Self> {
        match code {
            URL_ELICITATION_REQUIRED => {
                let pages = error.at(&["data", "elicitations"]).and_then(|pages| pages.elements().ok());
                vec![Self::ElicitationUrl; pages.map_or(1, |pages| pages.len().max(1))]
            }
            MISSING_REQUIRED_CLIENT_CAPABILITY => {
                let required = error.at(&["data", "requiredCapabilities"]);
                required
                    .and_then(|required| required.members().ok())
                    .map_or_else(Vec::new, |required| declared(&required))
            }
            _ => Vec::new(),
        }
    }
}

/// The kinds that `ClientCapabilities` declare. An elicitation without a mode means form mode.
fn declared(capabilities: &Members) -> Vec<InputRequest> {
    let object =
        |members: &Members, name: &str| members.get(name).filter(|value| value.kind() == Kind::Object).cloned();
    let mut kinds = Vec::new();
    if let Some(elicitation) = object(capabilities, "elicitation").and_then(|raw| raw.members().ok()) {
        let url = object(&elicitation, "url").is_some();
        if !url || object(&elicitation, "form").is_some() {
            kinds.push(InputRequest::ElicitationForm);
        }
        kinds.extend(url.then_some(InputRequest::ElicitationUrl));
    }
    kinds.extend(object(capabilities, "sampling").map(|_| InputRequest::Sampling));
    kinds.extend(object(capabilities, "roots").map(|_| InputRequest::Roots));
    kinds
}

/// A client's `ClientCapabilities` without the kinds that are not `allowed`; of elicitation, only modes that MCP
/// defines. Capabilities that can't be read become `{}`.
#[must_use]
pub fn restricted(capabilities: &RawJson, allowed: &[InputRequest]) -> RawJson {
    if InputRequest::ALL.iter().all(|kind| allowed.contains(kind)) {
        return capabilities.clone();
    }
    let Ok(mut members) = capabilities.members() else { return RawJson::empty_object() };
    let kept: Vec<InputRequest> = declared(&members).into_iter().filter(|kind| allowed.contains(kind)).collect();
    let modes = [("form", InputRequest::ElicitationForm), ("url", InputRequest::ElicitationUrl)];
    let elicitation = members.remove("elicitation").and_then(|raw| raw.members().ok());
    if let Some(written) = elicitation.filter(|_| modes.iter().any(|(_, mode)| kept.contains(mode))) {
        let mut elicitation = Members::new();
        for (name, _) in modes.iter().filter(|(_, mode)| kept.contains(mode)) {
            elicitation.set(name, written.get(name).cloned().unwrap_or_else(RawJson::empty_object));
        }
        members.set("elicitation", elicitation.to_raw());
    }
    for (name, kind) in [("sampling", InputRequest::Sampling), ("roots", InputRequest::Roots)] {
        if !kept.contains(&kind) {
            members.remove(name);
        }
    }
    members.to_raw()
}

#[cfg(test)]
mod tests;
