//! Random identifiers that can't be guessed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Fault;
use ports::{Entropy, Host};

/// 128 random bits, base64url.
pub(crate) fn random<H: Host>(host: &H) -> Result<String, Fault> {
    text::<H, 16>(host)
}

/// `N` random bytes, base64url.
pub(crate) fn text<H: Host, const N: usize>(host: &H) -> Result<String, Fault> {
    bytes::<H, N>(host).map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// `N` random bytes.
pub(crate) fn bytes<H: Host, const N: usize>(host: &H) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    let failed = |error: ports::EntropyError| Fault::Host { port: "Entropy", detail: error.to_string() };
    host.entropy().fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
