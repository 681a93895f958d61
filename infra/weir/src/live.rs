//! The live registry: the signed records that gateways read now, verified as a gateway does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use oauth::jwk::KeySet;
use registry::record::{Freshness, RecordError, RecordKey, VerifiedRecord, open, unverified_key_id};
use serde::de::DeserializeOwned;

use crate::clock;
use crate::failure::Failure;
use crate::host::Host;
use crate::spin::{self, Deployment};
use crate::wrangler::{self, Wrangler};

/// The flags that name the live registry.
#[derive(Debug, Args)]
pub struct Live {
    /// Use the records that gateways read now, in place of a folder
    #[arg(long, requires = "keys")]
    live: bool,
    /// The platform of the gateway [default: workers]
    #[arg(long, value_enum, value_name = "HOST")]
    from: Option<Host>,
    #[command(flatten)]
    namespace: wrangler::Store,
    #[command(flatten)]
    deployment: Deployment,
    /// The publisher's public JWK set: the gateway's REGISTRY_KEYS, or the output of `weir key public`
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

impl Live {
    /// True if the live registry is meant.
    pub const fn is_live(&self) -> bool {
        self.live
    }

    /// True if a flag is set that needs `--live`.
    pub const fn is_named(&self) -> bool {
        self.from.is_some() || self.namespace.is_named() || self.deployment.is_named() || self.keys.is_some()
    }

    /// The store that the flags name.
    pub fn open(self) -> Result<SignedStore, Failure> {
        let records = match self.from.unwrap_or(Host::Workers) {
            Host::Workers if self.deployment.is_named() => {
                return Err(Failure::Usage(
                    "--manifest, --state, --runtime-config and --redis-url are for --from spin",
                ));
            }
            Host::Workers if !self.namespace.has_place() => {
                return Err(Failure::Usage("--live needs --local or --remote, or --from spin"));
            }
            Host::Workers => Records::Workers(Wrangler::find(self.namespace)),
            Host::Spin if self.namespace.is_named() => {
                return Err(Failure::Usage(
                    "--local, --remote, --config, --env, --binding and --persist-to are for --from workers",
                ));
            }
            Host::Spin => Records::Spin(spin::Store::find(&self.deployment)?),
        };
        let keys = read_public_keys(&self.keys.ok_or(Failure::Usage("--live needs --keys"))?)?;
        Ok(SignedStore { records, keys, cache: RefCell::default() })
    }
}

/// The store of a platform, and the keys that must have signed its records.
pub struct SignedStore {
    records: Records,
    keys: KeySet,
    /// Values that were read, by key: wrangler needs a second for each.
    cache: RefCell<BTreeMap<String, Option<Vec<u8>>>>,
}

/// The store of the records.
enum Records {
    Workers(Wrangler),
    Spin(spin::Store),
}

impl SignedStore {
    /// `head` or `quarantine`, which must be valid now: without them a gateway refuses everything.
    pub fn standing<T: DeserializeOwned>(&self, key: &RecordKey<'_>) -> Result<T, Failure> {
        let now = clock::now_ms()? / 1_000;
        let value = self.read(key, |opened| opened.fresh(now, None).and_then(|_| opened.decode()))?;
        value.ok_or_else(|| missing(key))
    }

    /// The signed statement of `head` or `quarantine`, and the key that signed it, whether or not it is still valid.
    pub fn statement(&self, key: &RecordKey<'_>) -> Result<(Freshness, String), Failure> {
        let value = self.read(key, |opened| opened.fresh(0, None))?;
        let freshness = value.ok_or_else(|| missing(key))?;
        let bytes = self.cache.borrow().get(&key.to_string()).cloned().flatten();
        Ok((freshness, bytes.and_then(|bytes| unverified_key_id(&bytes)).unwrap_or_default()))
    }

    /// A record that every epoch has.
    pub fn required<T: DeserializeOwned>(&self, key: &RecordKey<'_>) -> Result<T, Failure> {
        self.optional(key)?.ok_or_else(|| missing(key))
    }

    /// A record that an epoch may lack.
    pub fn optional<T: DeserializeOwned>(&self, key: &RecordKey<'_>) -> Result<Option<T>, Failure> {
        self.read(key, |opened| opened.decode())
    }

    fn read<T>(
        &self,
        key: &RecordKey<'_>,
        decode: impl FnOnce(&VerifiedRecord<'_>) -> Result<T, RecordError>,
    ) -> Result<Option<T>, Failure> {
        let name = key.to_string();
        let cached = self.cache.borrow().get(&name).cloned();
        let value = match (cached, &self.records) {
            (Some(value), _) => value,
            (None, Records::Workers(wrangler)) => wrangler.value(&name)?,
            (None, Records::Spin(store)) => store.value(&name)?,
        };
        self.cache.borrow_mut().insert(name, value.clone());
        let Some(bytes) = value else {
            return Ok(None);
        };
        let decoded = open(&bytes, &self.keys, key).and_then(|opened| decode(&opened));
        decoded.map(Some).map_err(|error| Failure::Live { record: key.to_string(), cause: error.to_string() })
    }
}

fn missing(key: &RecordKey<'_>) -> Failure {
    Failure::Live { record: key.to_string(), cause: "the record is missing".to_owned() }
}

fn read_public_keys(path: &Path) -> Result<KeySet, Failure> {
    let document = std::fs::read_to_string(path).map_err(|cause| Failure::Read { path: path.to_owned(), cause })?;
    KeySet::parse(&document).map_err(|cause| Failure::PublicKeys { path: path.to_owned(), cause })
}
