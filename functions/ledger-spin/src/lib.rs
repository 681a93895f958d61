//! The ledger as a Spin component.

use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::service::export;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

/// The component's handler.
struct Ledger;

impl Guest for Ledger {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        Ok(host_spin::trail::answer(request).await)
    }
}

export!(Ledger);
