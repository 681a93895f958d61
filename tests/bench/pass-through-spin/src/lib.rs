//! The smallest gateway on Spin: every request goes to the origin, every response comes back.

use std::cell::OnceCell;

use spin_sdk::variables;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::service::export;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

thread_local! {
    /// The origin's `HOST:PORT`, read once per instance.
    static ORIGIN: OnceCell<String> = const { OnceCell::new() };
}

struct PassThrough;

impl Guest for PassThrough {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let origin = match ORIGIN.with(|origin| origin.get().cloned()) {
            Some(origin) => origin,
            None => {
                let origin = variables::get("origin").await.map_err(|_| ErrorCode::ConfigurationError)?;
                ORIGIN.with(|known| known.get_or_init(|| origin).clone())
            }
        };
        request.set_authority(Some(&origin)).map_err(|()| ErrorCode::ConfigurationError)?;
        // The host streams both bodies; this code reads neither.
        client::send(request).await
    }
}

export!(PassThrough);
