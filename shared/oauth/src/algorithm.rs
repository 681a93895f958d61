//! The signature algorithms that Weir accepts (RFC 7518 §3.1, RFC 8037 §3.1), all of them asymmetric.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A JWS algorithm that an allow-list can name.
///
/// `none` and the symmetric `HS*` family have no variant, so no allow-list can permit them. This rules out the two
/// classic attacks: a token without a signature, and the public key used as a shared secret (RFC 8725 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (`EdDSA` of RFC 8037 §3.1, or its fully specified name `Ed25519` of RFC 9864).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3), modulus of 2,048 to 4,096 bits.
    Rs256,
    /// RSASSA-PSS with SHA-256 (RFC 7518 §3.5), modulus of 2,048 to 4,096 bits.
    Ps256,
}

impl Algorithm {
    /// Every algorithm, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Ps256];

    /// Returns the algorithm of a JOSE `alg` value; names are case-sensitive (RFC 7515 §4.1.1).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            _ => None,
        }
    }

    /// The JOSE `alg` value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| {
            de::Error::custom(format_args!(
                "unknown algorithm `{name}`, expected one of `EdDSA`, `ES256`, `RS256`, `PS256`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithm_names_round_trip() {
        for algorithm in Algorithm::ALL {
            assert_eq!(
                Algorithm::parse(algorithm.as_str()),
                Some(algorithm),
                "the name of an algorithm should parse to it"
            );
        }
    }

    #[test]
    fn none_symmetric_and_misspelt_algorithms_are_refused() {
        for name in ["none", "None", "HS256", "HS512", "eddsa", "es256", "RS1", ""] {
            assert_eq!(Algorithm::parse(name), None, "`{name}` should have no algorithm");
        }
    }
}
