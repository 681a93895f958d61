//! The gateway as a Spin component.

use gateway::{Limits, serve};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::service::export;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

/// The component's handler.
struct Gateway;

impl Guest for Gateway {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        Ok(host_spin::answer(request, Limits::REQUEST_BODY_BYTES, |host, request| {
            serve(gateway::Gateway::new(host), request)
        })
        .await)
    }
}

export!(Gateway);
