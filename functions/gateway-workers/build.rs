//! Gives the module four times the usual stack: policies are evaluated by recursion, and an overflow ends every
//! request.

/// The stack, bytes. The deepest allowed policies take less than a tenth of it: see `policy/src/bounds.rs`.
const STACK_BYTES: u32 = 4 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The linker uses the last of several such arguments; rustc's own is 1 MiB.
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
}
