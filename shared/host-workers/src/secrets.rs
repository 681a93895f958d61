//! `Secrets` on Workers: the Worker's secrets and variables, and Secrets Store bindings.

use js_sys::futures::JsFuture;
use js_sys::{Function, Promise};
use ports::Secret;
use ports::{SecretError, Secrets};
use wasm_bindgen::{JsCast, JsValue};

use crate::bindings::property;

/// The values set by `wrangler secret put`, `[vars]` or a Secrets Store binding.
#[derive(Clone)]
pub struct WorkersSecrets(JsValue);

impl WorkersSecrets {
    /// Reads from the Worker's environment.
    pub fn new(environment: JsValue) -> Self {
        Self(environment)
    }
}

impl Secrets for WorkersSecrets {
    async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let missing = || SecretError::Missing(name.to_owned());
        let unreadable = || SecretError::Unreadable(name.to_owned());
        let value = property(&self.0, name).ok_or_else(missing)?;
        let text = match value.as_string() {
            Some(text) => text,
            // A Secrets Store binding is an object with a `get`.
            None => {
                let read: Function =
                    property(&value, "get").and_then(|read| read.dyn_into().ok()).ok_or_else(unreadable)?;
                let promise = read.call0(&value).map_err(|_| unreadable())?;
                let text = JsFuture::from(Promise::resolve(&promise)).await.map_err(|_| unreadable())?;
                text.as_string().ok_or_else(unreadable)?
            }
        };
        if text.is_empty() { Err(missing()) } else { Ok(Secret::new(text)) }
    }
}
