//! The response that asks a user for a grant in a browser (elicitation in URL mode), in the form of each era.
//!
//! ```text
//! modern  {"resultType":"input_required","inputRequests":{"grant":{"method":"elicitation/create","params":{"mode":"url",…}}}}
//! legacy  {"code":-32042,"message":…,"data":{"elicitations":[{"mode":"url","elicitationId":…,"url":…,"message":…}]}}
//! ```
//!
//! A client repeats the request once the user has done so. Weir then looks for the grant and ignores the client's
//! `inputResponses`: they prove nothing.

use bytes::Bytes;
use json::RawJson;
use mcp::input_request::URL_ELICITATION_REQUIRED;
use mcp::json_rpc::{self, RequestId};
use serde_json::json;

use crate::error::{AskingForm, Failure, Fault, GrantNeeded};

/// The response to a request whose user has to give a grant; `None` for any other failure, and for a client that gets
/// the link in the text of a refusal.
pub(super) fn response(failure: &Failure, id: &RequestId, event: Option<&str>, server: Option<&str>) -> Option<Bytes> {
    let Failure::Fault(fault) = failure else { return None };
    let Fault::GrantNeeded(needed) = fault.cause() else { return None };
    let GrantNeeded { url: Some(url), id: elicitation, form, .. } = needed.as_ref() else { return None };
    let message = needed.message();
    match form {
        AskingForm::Words => None,
        AskingForm::InputRequired => {
            let params = json!({ "mode": "url", "message": message, "url": url });
            let mut result = json!({
                "resultType": "input_required",
                "inputRequests": { "grant": { "method": "elicitation/create", "params": params } },
            });
            if let Some(name) = server {
                let info = json!({ "name": name, "version": env!("CARGO_PKG_VERSION") });
                result["_meta"] = json!({ "io.modelcontextprotocol/serverInfo": info });
            }
            let result = RawJson::from_serialize(&result).ok()?;
            Some(json_rpc::result_response(id, &result))
        }
        AskingForm::Error => {
            let asked = json!({ "mode": "url", "elicitationId": elicitation, "url": url, "message": message });
            let data = json!({ "elicitations": [asked], "reason": fault.reason(), "event": event });
            let data = RawJson::from_serialize(&data).ok()?;
            Some(json_rpc::error_response(Some(id), URL_ELICITATION_REQUIRED, &message, Some(&data)))
        }
    }
}
