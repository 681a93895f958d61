//! What calls leave behind in memory, natively: a reference cycle or a static that grows would show.

use std::alloc::System;

use cap::Cap;
use harness::{Draft, Reply, Setup, target::Target};
use serde_json::json;

#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// Bytes that are live once a gateway that has answered `calls` is gone, with all that its origins and queue recorded.
fn left(calls: usize) -> usize {
    let weir = Setup::new().start();
    let token = weir.token("alice");
    weir.documents.on_call(|received| Reply::tool_text(received, "found"));
    for _ in 0..calls {
        weir.send(Draft::call("documents_search", json!({ "query": "x" })).token(&token));
    }
    assert_eq!(weir.running.events().len(), calls, "each call should have been answered");
    drop(weir);
    ALLOCATED.allocated()
}

// A reset is left out: the memory target keeps the request's own future for ever, as workerd does.
#[test]
fn calls_leave_no_memory_behind() {
    // Other targets run the gateway in another process.
    if Target::chosen() != Target::Memory {
        return;
    }
    // The first one fills what lives as long as the process.
    left(20);
    let [few, many] = [20, 400].map(left);
    assert!(many <= few + 200, "380 more calls should not leave {} bytes", many.saturating_sub(few));
}
