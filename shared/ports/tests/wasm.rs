//! The ports on wasm32: the memory host keeps its promises there too, so the same futures run on both.
#![cfg(target_arch = "wasm32")]

use std::rc::Rc;

use ports::Timestamp;
use ports::contract::{SECRET, origin_answers, run};
use ports::memory::Memory;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn memory_host_keeps_every_promise_on_wasm32() {
    let now = Timestamp::from_millis(1_795_000_000_000);
    let host: Memory = Memory::new(now, Rc::new(|request| origin_answers(&request)));
    host.secrets.set(SECRET.0, SECRET.1);
    let subject = host.clone();
    let report = host.run(async move { run(&subject, "http://origin.example.com", "run").await });
    let broken: Vec<_> = report.into_iter().flatten().filter(|finding| !finding.kept).collect();
    assert!(broken.is_empty(), "every promise should be kept: {broken:?}");
}
