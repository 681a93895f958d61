//! `Entropy` on Spin: random bytes of WASI.

use ports::{Entropy, EntropyError};
use spin_sdk::wasip3::random::random;

/// `wasi:random/random`.
#[derive(Debug, Clone, Copy)]
pub struct SpinEntropy;

impl Entropy for SpinEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut filled = 0;
        // The host may return fewer bytes than requested, but at least one.
        while filled < buffer.len() {
            let bytes = random::get_random_bytes((buffer.len() - filled) as u64);
            if bytes.is_empty() {
                return Err(EntropyError);
            }
            let end = buffer.len().min(filled + bytes.len());
            buffer[filled..end].copy_from_slice(&bytes[..end - filled]);
            filled = end;
        }
        Ok(())
    }
}
