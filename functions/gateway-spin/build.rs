//! Gives the module four times the usual stack: policies are evaluated by recursion, and an overflow ends every
//! request.

/// The stack, bytes. `policy/src/bounds.rs` says what the deepest allowed policies take: less than a tenth.
const STACK_BYTES: u32 = 4 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The linker takes the last of several; rustc's own is 1 MiB.
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
}
