//! The key under which the requests of one caller are counted: a user through all of its agents, or the address of
//! callers without a token.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::Principal;
use crate::client_network::client_network;
use crate::digest;

/// 128 bits of SHA-256 over user and address, because an issuer and a subject have no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallerKey {
    digest: [u8; 16],
    is_anonymous: bool,
}

impl CallerKey {
    /// The key of `principal`; `address` tells callers without a token apart.
    pub(crate) fn of(principal: &Principal, address: Option<IpAddr>) -> Self {
        let is_anonymous = principal.is_anonymous();
        let mut texts = Sha256::new();
        digest::add(&mut texts, &principal.key());
        digest::add(&mut texts, &if is_anonymous { client_network(address) } else { String::new() });
        let mut digest = [0; 16];
        digest.copy_from_slice(&texts.finalize()[..16]);
        Self { digest, is_anonymous }
    }

    /// True for callers without a token.
    pub(crate) const fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }
}
