//! The memory that calls leave behind, natively: a reference cycle or a growing static would show.

use std::alloc::System;

use cap::Cap;
use harness::{Draft, Reply, Setup, target::Target};
use serde_json::json;

#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// The number of live bytes after a gateway that has answered `calls` is dropped, with all records of its servers.
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

// Resets are left out: in memory a reset request's future is kept for ever, as in workerd.
#[test]
fn calls_leave_no_memory_behind() {
    // Other targets run the gateway in another process.
    if Target::chosen() != Target::Memory {
        return;
    }
    // The first gateway allocates the memory that lives as long as the process.
    left(20);
    let [few, many] = [20, 400].map(left);
    assert!(many <= few + 200, "380 more calls should not leave {} bytes", many.saturating_sub(few));
}
