//! `Log` on Workers: `console.error`, which Workers Logs and `wrangler tail` show.

use ports::Log;
use wasm_bindgen::JsValue;

/// The console of the runtime.
#[derive(Debug, Clone, Copy)]
pub struct WorkersLog;

impl Log for WorkersLog {
    fn write(&self, line: &str) {
        web_sys::console::error_1(&JsValue::from_str(line));
    }
}
