//! The system's random source, for keys and secrets.

use crate::failure::Failure;

/// 256 random bits.
pub fn bits_256() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| Failure::Entropy)?;
    Ok(bytes)
}
