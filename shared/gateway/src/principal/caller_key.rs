//! The key under which the requests of one caller are counted: a user through all of its agents, or the address of
//! callers without a token.

use std::net::{IpAddr, Ipv6Addr};

use sha2::{Digest, Sha256};

use super::Principal;
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
        digest::add(&mut texts, &if is_anonymous { place(address) } else { String::new() });
        let mut digest = [0; 16];
        digest.copy_from_slice(&texts.finalize()[..16]);
        Self { digest, is_anonymous }
    }

    /// True for callers without a token.
    pub(crate) const fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }
}

/// The caller's address, or the /64 network of an IPv6 address: one subscriber has all of it. Callers whose address the
/// host doesn't know share one count.
pub(crate) fn place(address: Option<IpAddr>) -> String {
    /// The first 64 bits.
    const NETWORK: Ipv6Addr = Ipv6Addr::new(0xffff, 0xffff, 0xffff, 0xffff, 0, 0, 0, 0);
    match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & NETWORK.to_bits()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_addresses_or_networks() {
        let of = |text: &str| place(Some(text.parse().unwrap()));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"), "two addresses should be two places");
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"), "however it is written");
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"), "a network of IPv6 should be one place");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"), "and another one another");
        assert_ne!(place(None), of("192.0.2.1"), "an unknown address should be no known one");
    }
}
