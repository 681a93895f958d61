//! The entry module of a Worker, with the exports of the module that wasm-bindgen wrote.

/// The part of the entry module that is the same for every function.
pub(super) const TEMPLATE: &str = include_str!("entry.js");

/// The events of workerd that a function may handle by an exported function of this name.
const HANDLERS: [&str; 3] = ["fetch", "queue", "scheduled"];

/// The exported function that gets the number of audit events that a trap of the last instance left unwritten.
const NOTE_LOST: &str = "note_lost";

/// The entry module for `bindings`, the text of wasm-bindgen's `index.js`.
pub(super) fn module(bindings: &str) -> String {
    let mut text = TEMPLATE.to_owned();
    for name in functions(bindings) {
        if HANDLERS.contains(&name) {
            text.push_str(&format!("handler(\"{name}\");\n"));
        } else if name == NOTE_LOST {
            text.push_str(&format!("noteLost = rust.{name};\n"));
        }
    }
    for name in durable_objects(bindings) {
        text.push_str(&format!("export const {name} = durableObject(rust.{name});\n"));
    }
    text
}

/// The names of the exported functions.
fn functions(bindings: &str) -> impl Iterator<Item = &str> {
    bindings.lines().filter_map(|line| Some(line.strip_prefix("export function ")?.split_once('(')?.0.trim()))
}

/// The names of the exported classes that answer requests. The crate `worker` exports other classes, which no runtime
/// uses.
fn durable_objects(bindings: &str) -> impl Iterator<Item = &str> {
    bindings.split("\nexport class ").skip(1).filter_map(|rest| {
        let body = rest.split_once("\n}\n").map_or(rest, |(body, _)| body);
        let (name, members) = body.split_once('{')?;
        members.lines().any(|line| line.trim_start().starts_with("fetch(")).then(|| name.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDINGS: &str = "\
import source wasmModule from \"./index_bg.wasm\";
export class R2Range {
    free() {
    }
}

export class OnceObject {
    alarm() {
    }
    fetch(req) {
        return wasm.onceobject_fetch(this.__wbg_ptr, req);
    }
}
if (Symbol.dispose) OnceObject.prototype[Symbol.dispose] = OnceObject.prototype.free;

export function __wbg_reset_state () {
}
export function queue(batch, environment, context) {
}
export function note_lost(events) {
}
";

    #[test]
    fn module_exports_handlers_and_durable_objects_only() {
        let text = module(BINDINGS);
        let added = text.strip_prefix(TEMPLATE).expect("the template should come first");
        assert_eq!(
            added,
            "handler(\"queue\");\nnoteLost = rust.note_lost;\nexport const OnceObject = durableObject(rust.OnceObject);\n"
        );
    }
}
