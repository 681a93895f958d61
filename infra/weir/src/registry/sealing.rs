//! The flags of signing: the key, and the ends of validity.

use std::path::PathBuf;

use clap::Args;
use oauth::jwk::PrivateKeySet;
use registry::compile::Validity;
use registry::record::Freshness;

use crate::clock;
use crate::duration;
use crate::failure::Failure;
use crate::key::source::KeySource;

/// The flags of signing.
#[derive(Debug, Args)]
pub struct Sealing {
    /// The publisher's private JWK set (`weir key new`), whose first key signs; `-` reads standard input [default: the
    /// set in the environment variable WEIR_PUBLISHER_KEY]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The validity of `head`, `1m` to `90d`; publish again before its half, or `weir status` warns; after its end
    /// gateways refuse every call
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration::parse)]
    valid_for: u64,
    /// The validity of `quarantine`, at most that of `head`. For this time a writer to the store can undo a freeze by
    /// putting an older record back. Publish again before its half
    #[arg(long, value_name = "DURATION", default_value = "2d", value_parser = duration::parse)]
    quarantine_valid_for: u64,
}

/// The signing keys and the validity of one publication.
pub struct Seal {
    /// The publisher's keys; the first signs.
    pub keys: PrivateKeySet,
    /// The instant of publication, which is also the epoch, Unix milliseconds.
    pub epoch: u64,
    /// The ends of validity.
    pub validity: Validity,
}

impl Seal {
    /// The freshness of a quarantine that is published alone.
    pub const fn of_quarantine(&self) -> Freshness {
        Freshness { sequence: self.epoch, valid_until: self.validity.quarantine }
    }
}

impl Sealing {
    /// True if a key file is named.
    pub const fn is_named(&self) -> bool {
        self.key.is_some()
    }

    /// Reads the key file and the clock.
    pub fn prepare(&self) -> Result<Seal, Failure> {
        let keys = KeySource::find(self.key.as_deref())?.read()?;
        let epoch = clock::now_ms()?;
        let until = |seconds| epoch / 1_000 + seconds;
        let quarantine = self.quarantine_valid_for.min(self.valid_for);
        Ok(Seal { keys, epoch, validity: Validity { head: until(self.valid_for), quarantine: until(quarantine) } })
    }
}
