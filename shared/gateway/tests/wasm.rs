//! The gateway on wasm32: a request walks to its answer there too.
#![cfg(target_arch = "wasm32")]

use std::rc::Rc;

use bytes::Bytes;
use gateway::{Gateway, Isolate, serve};
use ports::memory::Memory;
use ports::{Body, Timestamp};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn call_without_keys_is_refused_with_its_reason() {
    let now = Timestamp::from_millis(1_795_000_000_000);
    let host: Memory = Memory::new(now, Rc::new(|_| unreachable!("nothing should be fetched")));
    let request = http::Request::post("/mcp").body(Bytes::from_static(b"{}"));
    let request = request.unwrap_or_else(|error| unreachable!("{error}"));
    let gateway = Gateway::with(host.clone(), Rc::<Isolate>::default());
    let response = host.run(async move { serve(gateway, request).await });
    let (status, body) = response.map(|response| (response.status().as_u16(), response.into_body())).unzip();
    let Some(Body::Full(body)) = body else { unreachable!("the refusal should have a body") };
    let body = String::from_utf8_lossy(&body);
    assert_eq!(status, Some(503), "a gateway without its keys should serve nothing: {body}");
    assert!(body.contains("secret_missing"), "the refusal should say why: {body}");
}
