//! The requests for input (elicitation, sampling, roots) that one origin may make of a caller: those that the registry
//! names for the origin. Each is counted for the audit event.

use std::rc::Rc;

use json::Members;
use mcp::error_code::MISSING_REQUIRED_CLIENT_CAPABILITY;
use mcp::input_request::{INPUT_REQUESTS, InputRequest};
use mcp::json_rpc::ResponseContent;
use ports::Host;

use super::outbound::OriginCall;
use crate::error::Fault;
use crate::outcome::InputRequestCounts;

/// The reason for a request that the client of the call can't be asked.
pub(crate) const CLIENT_NOT_ASKABLE: &str = "client_not_askable";

/// The rule of one origin.
pub(crate) struct InputRule {
    origin: String,
    may_ask: Vec<InputRequest>,
    input_requests: Rc<InputRequestCounts>,
}

impl InputRule {
    pub(super) fn of<H: Host>(call: &OriginCall<'_, H>) -> Self {
        let (origin, may_ask) = (call.origin.name.clone(), call.origin.may_ask.clone());
        Self { origin, may_ask, input_requests: call.resolved.input_requests() }
    }

    /// Returns the fault of a request that the registry doesn't name, and counts it.
    pub(crate) fn check(&self, request: InputRequest) -> Result<(), Fault> {
        self.check_all(&[request])
    }

    /// Counts requests that the client gets.
    pub(crate) fn passed(&self, requests: &[InputRequest]) {
        requests.iter().for_each(|request| self.input_requests.passed(&self.origin, *request));
    }

    /// Counts requests that the client doesn't get.
    pub(crate) fn refused(&self, requests: &[InputRequest], reason: &'static str) {
        requests.iter().for_each(|request| self.input_requests.refused(&self.origin, *request, reason));
    }

    /// The requests in a response, for the caller to count once it is known if they reach the client. A single request
    /// that the registry doesn't name makes all of them a fault. `asks` is true if the result has `inputRequests`.
    pub(crate) fn requests(&self, outcome: &ResponseContent, asks: bool) -> Result<Vec<InputRequest>, Fault> {
        let unknown = |_| Fault::OriginAnswer { reason: "origin_input_request_unknown" };
        let requests = match outcome {
            ResponseContent::Result(result) if asks => InputRequest::of_result(result).map_err(unknown)?,
            ResponseContent::Result(_) => Vec::new(),
            ResponseContent::Error { code, raw, .. } => InputRequest::of_error(*code, raw),
        };
        self.check_all(&requests)?;
        match outcome {
            // This error makes no request; it names the capabilities that the client would have to declare.
            ResponseContent::Error { code: MISSING_REQUIRED_CLIENT_CAPABILITY, .. } => Ok(Vec::new()),
            _ => Ok(requests),
        }
    }

    fn check_all(&self, requests: &[InputRequest]) -> Result<(), Fault> {
        match requests.iter().find(|request| !self.may_ask.contains(request)) {
            None => Ok(()),
            Some(&request) => {
                let fault = Fault::OriginMayNotAsk { request };
                self.refused(requests, fault.reason());
                Err(fault)
            }
        }
    }

    /// Removes a task's requests for input from the notification of its status, unless the registry names all of them.
    /// A later `tasks/get` then gets the fault.
    pub(crate) fn trim(&self, task: &mut Members) {
        let Some(requests) = task.get(INPUT_REQUESTS) else { return };
        let requests = InputRequest::of_map(requests).ok().filter(|requests| self.check_all(requests).is_ok());
        match requests {
            Some(requests) => self.passed(&requests),
            None => drop(task.remove(INPUT_REQUESTS)),
        }
    }
}
