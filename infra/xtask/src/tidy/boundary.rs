//! Rules about boundaries: no host crate below a portable crate, and no gateway logic in the functions.

use super::source::Source;
use crate::command::{Fault, cargo, output};

/// Crates that belong to a host, anywhere in a portable crate's dependency tree.
const HOST_CRATES: &[&str] = &["worker", "worker-sys", "worker-macros", "host-workers", "host-spin", "spin-sdk"];

/// Crates that bind to a host, as a direct dependency. Deeper ones are allowed: `coarsetime` below `jwt-simple` names
/// `wasm-bindgen` for a clock that is never used.
const HOST_BINDINGS: &[&str] = &["wasm-bindgen", "wasm-bindgen-futures", "js-sys", "web-sys", "tokio"];

/// Crates of the publisher: a function that has one anywhere below it carries Cedar's parser along, a third of its
/// size, and builds it for each host.
const PUBLISHER_CRATES: &[&str] = &["cedar-policy", "cedar-policy-core", "policy-compiler"];

/// Words of the gateway's stages: in a function's code they mean that it does more than bind and call.
const LINE_WORDS: &[&str] = &[
    "mcp::",
    "oauth::",
    "policy::",
    "registry::",
    "cedar",
    "json_rpc",
    "jsonrpc",
    "\"/mcp",
    "/oauth/",
    "well-known",
    "tools/",
    "bearer",
    "statuscode",
    ".path()",
    "method::",
];

/// Every function that knows a route, a policy or MCP.
pub fn words(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust() && source.path.starts_with("functions/")) {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default().to_lowercase();
            for word in LINE_WORDS.iter().filter(|word| code.contains(**word)) {
                faults.push(format!(
                    "{}:{}: a function binds and calls, `{word}` belongs in shared/gateway",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    faults
}

/// Every portable crate that has a host's crate in its dependency tree, and every function that has the publisher's.
pub fn dependencies(sources: &[Source]) -> Result<Vec<String>, Fault> {
    let mut faults = Vec::new();
    for package in portable_packages(sources) {
        faults.extend(host_crates(&package, &tree(&package)?));
    }
    for package in packages_in("functions/", sources) {
        faults.extend(publisher_crates(&package, &tree(&package)?));
    }
    Ok(faults)
}

/// The crates below `package`: lines of `DEPTH NAME vVERSION …`.
fn tree(package: &str) -> Result<String, Fault> {
    let mut command = cargo();
    command.args(["tree", "--quiet", "--prefix", "depth", "--format", " {p}"]);
    output(command.args(["--edges", "normal,build", "--target", "all", "-p", package]))
}

/// The crates that every host shares.
fn portable_packages(sources: &[Source]) -> Vec<String> {
    packages_in("shared/", sources).filter(|name| !name.starts_with("host-")).collect()
}

/// The crates whose folders are in `folder`.
fn packages_in<'a>(folder: &'a str, sources: &'a [Source]) -> impl Iterator<Item = String> + 'a {
    let names = sources.iter().filter_map(move |source| source.path.strip_prefix(folder)?.strip_suffix("/Cargo.toml"));
    names.map(str::to_owned)
}

/// The publisher's crates in the tree of a function.
fn publisher_crates(package: &str, tree: &str) -> Vec<String> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().nth(1));
    let mut faults: Vec<String> = names
        .filter(|name| PUBLISHER_CRATES.contains(name))
        .map(|name| format!("functions/{package}/Cargo.toml: `{name}` is for `weir`; `registry` brings it with its feature `publish`"))
        .collect();
    faults.sort();
    faults.dedup();
    faults
}

/// The host crates in the output of `cargo tree --prefix depth --format " {p}"`: lines of `DEPTH NAME vVERSION …`.
fn host_crates(package: &str, tree: &str) -> Vec<String> {
    let mut faults: Vec<String> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .filter(|(depth, name)| HOST_CRATES.contains(name) || (*depth == "1" && HOST_BINDINGS.contains(name)))
        .map(|(_, name)| {
            format!("shared/{package}/Cargo.toml: `{name}` belongs to a host, and this crate is for every host")
        })
        .collect();
    faults.sort();
    faults.dedup();
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_with_word_of_the_line_is_a_fault() {
        let good = Source::new(
            "functions/gateway-workers/src/lib.rs",
            "//! Binds `POST /mcp`.\ngateway::serve(host, request)\n",
        );
        assert_eq!(words(&[good]), Vec::<String>::new(), "a comment may name a route");
        let bad = Source::new("functions/gateway-workers/src/lib.rs", "//! Binds.\nif path == \"/mcp\" {}\n");
        assert_eq!(words(&[bad]).len(), 1, "a route in a function should be found");
        let elsewhere = Source::new("shared/gateway/src/receive.rs", "\"/mcp\"\n");
        assert_eq!(words(&[elsewhere]), Vec::<String>::new());
    }

    #[test]
    fn host_below_portable_crate_is_a_fault() {
        let tree = "0 gateway v0.1.0 (/somewhere)\n1 bytes v1.0.0\n2 worker v0.8.7\n";
        assert_eq!(host_crates("gateway", tree).len(), 1, "a host deep in the tree should be found");
    }

    #[test]
    fn binding_is_a_fault_only_when_direct() {
        assert_eq!(host_crates("oauth", "0 oauth v0.1.0\n2 wasm-bindgen v0.2.1\n"), Vec::<String>::new());
        assert_eq!(host_crates("oauth", "0 oauth v0.1.0\n1 wasm-bindgen v0.2.1\n").len(), 1);
    }

    #[test]
    fn publisher_below_function_is_a_fault() {
        let tree = "0 gateway-spin v0.1.0 (/somewhere)\n1 gateway v0.1.0\n4 cedar-policy-core v4.14.1\n";
        assert_eq!(publisher_crates("gateway-spin", tree).len(), 1, "Cedar deep in the tree should be found");
        assert_eq!(publisher_crates("gateway-spin", "0 gateway-spin v0.1.0\n"), Vec::<String>::new());
    }

    #[test]
    fn portable_packages_include_no_host() {
        let sources = ["shared/mcp/Cargo.toml", "shared/host-workers/Cargo.toml", "infra/weir/Cargo.toml"]
            .map(|path| Source::new(path, ""));
        assert_eq!(portable_packages(&sources), ["mcp"]);
    }
}
