//! `Entropy` on Workers: WebCrypto's `getRandomValues`.

use ports::{Entropy, EntropyError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// WebCrypto fills at most this many bytes per call (Web Cryptography API §10.1.1).
const CALL_BYTES: usize = 65_536;

#[wasm_bindgen]
extern "C" {
    type Crypto;

    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Crypto;

    #[wasm_bindgen(method, catch, js_name = getRandomValues)]
    fn fill(this: &Crypto, buffer: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// WebCrypto's `getRandomValues`.
#[derive(Debug, Clone, Copy)]
pub struct WorkersEntropy;

impl Entropy for WorkersEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(CALL_BYTES) {
            CRYPTO.with(|crypto| crypto.fill(chunk)).map_err(|_| EntropyError)?;
        }
        Ok(())
    }
}
