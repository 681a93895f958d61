//! `ipaddr`: an address or a range of addresses (CIDR).

use std::fmt;
use std::net::IpAddr;

/// The longest text: an IPv6 address of 39 characters, `/` and three digits.
const MAXIMUM_TEXT_BYTES: usize = 43;

/// An address with the length of its network's prefix; a single address has the whole length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpRange {
    address: IpAddr,
    prefix: u8,
}

impl IpRange {
    /// One address. An IPv4-mapped IPv6 address stays one of IPv6.
    #[must_use]
    pub const fn of(address: IpAddr) -> Self {
        Self { address, prefix: longest(address) }
    }

    /// A range; `None` if the prefix is too long.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= longest(address)).then_some(Self { address, prefix })
    }

    /// The address and the length of its prefix, bits.
    #[must_use]
    pub const fn parts(&self) -> (IpAddr, u8) {
        (self.address, self.prefix)
    }

    /// Reads `ADDRESS` or `ADDRESS/PREFIX`. An IPv4 address inside an IPv6 address is refused, as by Cedar.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let many = |byte| text.bytes().filter(|other| *other == byte).count() >= 2;
        if text.len() > MAXIMUM_TEXT_BYTES || (many(b':') && many(b'.')) {
            return None;
        }
        let Some((address, prefix)) = text.split_once('/') else { return Some(Self::of(text.parse().ok()?)) };
        let leading_zero = prefix.starts_with('0') && prefix != "0";
        let prefix = u8::try_from(super::number(prefix).filter(|_| !leading_zero)?).ok()?;
        Self::new(address.parse().ok()?, prefix)
    }

    /// True if the whole range is of loopback addresses.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.address.is_loopback() && self.prefix >= if self.address.is_ipv4() { 8 } else { 128 }
    }

    /// True if the whole range is of multicast addresses.
    #[must_use]
    pub fn is_multicast(&self) -> bool {
        self.address.is_multicast() && self.prefix >= if self.address.is_ipv4() { 4 } else { 8 }
    }

    /// True for IPv4.
    #[must_use]
    pub const fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// True if every address of this range is in `other`, which is of the same version.
    #[must_use]
    pub fn is_in(&self, other: &Self) -> bool {
        let is_same_version = self.is_ipv4() == other.is_ipv4();
        let ((first, last), (other_first, other_last)) = (self.bounds(), other.bounds());
        is_same_version && other_first <= first && last <= other_last
    }

    /// The first and the last address, as numbers.
    fn bounds(&self) -> (u128, u128) {
        let address = match self.address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        };
        let host_bits = u32::from(longest(self.address) - self.prefix);
        let host = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |beyond| beyond - 1);
        (address & !host, address | host)
    }
}

const fn longest(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The text for `ip("…")`; without a prefix for a single address.
impl fmt::Display for IpRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The usual form of an IPv4-mapped address has dots, which `parse` refuses.
        let address = match self.address {
            IpAddr::V6(address) if address.to_string().contains('.') => {
                let groups = address.segments().map(|segment| format!("{segment:x}"));
                groups.join(":")
            }
            address => address.to_string(),
        };
        match self.prefix == longest(self.address) {
            true => write!(formatter, "{address}"),
            false => write!(formatter, "{address}/{}", self.prefix),
        }
    }
}
