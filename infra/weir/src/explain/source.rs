//! Source: the registry that is asked, as a folder or as the records that gateways read now.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use oauth::jwk::KeySet;
use registry::compile::Snapshot;
use registry::document::Documents;
use registry::record::{Opened, RecordError, RecordKey, open};
use registry::snapshot::{Assignments, Gateway, GroupAssignment, Head, Quarantine, VirtualServer, assignment_shard};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock;
use crate::failure::Failure;
use crate::folder;
use crate::wrangler::{Store, Wrangler};

/// The flags that name the live registry.
#[derive(Debug, Args)]
pub struct Live {
    /// Ask the records that gateways read now, in place of a folder
    #[arg(long, requires = "place", requires = "keys")]
    live: bool,
    /// The gateway's wrangler.toml; wrangler looks for one here otherwise
    #[arg(long, value_name = "FILE", requires = "live")]
    config: Option<PathBuf>,
    /// The KV binding in it; REGISTRY otherwise
    #[arg(long, requires = "live")]
    binding: Option<String>,
    /// The store of `wrangler dev` on this machine
    #[arg(long, group = "place", requires = "live")]
    local: bool,
    /// The store of the deployed gateway
    #[arg(long, group = "place", requires = "live")]
    remote: bool,
    /// The folder of the local store; wrangler's own is .wrangler/state
    #[arg(long, value_name = "DIR", requires = "local")]
    persist_to: Option<PathBuf>,
    /// The publisher's public JWK set: the gateway's REGISTRY_KEYS, or what `weir key public` prints
    #[arg(long, value_name = "FILE", requires = "live")]
    keys: Option<PathBuf>,
}

/// Where the answer comes from.
#[derive(Debug, Clone, Serialize)]
pub struct Described {
    /// `folder` or `live`.
    kind: &'static str,
    /// The folder.
    path: Option<String>,
    /// The live epoch.
    epoch: Option<u64>,
}

/// A registry that answers.
pub struct Source {
    gateway: Gateway,
    quarantine: Quarantine,
    records: Records,
}

/// Where the records of groups and virtual servers are.
enum Records {
    /// Compiled from a folder, whose places are known.
    Folder { path: PathBuf, documents: Box<Documents>, snapshot: Box<Snapshot> },
    /// In a store, each read and verified when it is asked for, as a gateway does.
    Live { store: SignedStore, epoch: u64 },
}

impl Source {
    /// The folder at `path`, which must have no errors.
    pub fn folder(path: PathBuf) -> Result<Self, Failure> {
        let checked = folder::sound(&path)?;
        let snapshot = Box::new(checked.snapshot().ok_or(Failure::Faults)?.clone());
        Ok(Self {
            gateway: snapshot.gateway.clone(),
            quarantine: snapshot.quarantine.clone(),
            records: Records::Folder { path, documents: Box::new(checked.documents), snapshot },
        })
    }

    /// The live records.
    pub fn live(live: Live) -> Result<Self, Failure> {
        let keys = read_public_keys(&live.keys.ok_or(Failure::Usage("--live needs --keys"))?)?;
        let binding = live.binding.unwrap_or_else(|| "REGISTRY".to_owned());
        let wrangler = Wrangler::find(Store::new(live.config, binding, live.local, live.persist_to));
        let store = SignedStore { wrangler, keys, seen: RefCell::default() };
        let head: Head = store.standing(&RecordKey::Head)?;
        let epoch = head.epoch;
        Ok(Self {
            quarantine: store.standing(&RecordKey::Quarantine)?,
            gateway: store.required(&RecordKey::Gateway { epoch })?,
            records: Records::Live { store, epoch },
        })
    }

    /// The gateway record.
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Who and what is frozen.
    pub const fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// What was written, where it is known.
    pub const fn documents(&self) -> Option<&Documents> {
        match &self.records {
            Records::Folder { documents, .. } => Some(documents),
            Records::Live { .. } => None,
        }
    }

    /// What each of `groups` gives, if anything.
    pub fn assignments<'a>(&self, groups: &'a [String]) -> Result<Vec<(&'a str, GroupAssignment)>, Failure> {
        let mut found = Vec::new();
        for group in groups {
            let shard = assignment_shard(group, self.gateway.assignment_shards);
            let assignment = match &self.records {
                Records::Folder { snapshot, .. } => {
                    let shard = usize::try_from(shard).ok().and_then(|shard| snapshot.assignments.get(shard));
                    shard.and_then(|shard| shard.groups.get(group)).cloned()
                }
                Records::Live { store, epoch } => {
                    let key = RecordKey::Assignments { epoch: *epoch, shard };
                    store.required::<Assignments>(&key)?.groups.remove(group)
                }
            };
            found.extend(assignment.map(|assignment| (group.as_str(), assignment)));
        }
        Ok(found)
    }

    /// The virtual server called `name`; `None` when there is none.
    pub fn virtual_server(&self, name: &str) -> Result<Option<VirtualServer>, Failure> {
        match &self.records {
            Records::Folder { snapshot, .. } => Ok(snapshot.virtual_servers.get(name).cloned()),
            // No other name is a key of the store.
            Records::Live { .. } if !registry::name::is_name(name) => Ok(None),
            Records::Live { store, epoch } => store.optional(&RecordKey::VirtualServer { epoch: *epoch, name }),
        }
    }

    /// What it is.
    pub fn described(&self) -> Described {
        match &self.records {
            Records::Folder { path, .. } => {
                Described { kind: "folder", path: Some(path.display().to_string()), epoch: None }
            }
            Records::Live { epoch, .. } => Described { kind: "live", path: None, epoch: Some(*epoch) },
        }
    }
}

/// Sealed records behind wrangler, and the keys that must have signed them.
struct SignedStore {
    wrangler: Wrangler,
    keys: KeySet,
    /// What was read, by key: wrangler takes a second for each.
    seen: RefCell<BTreeMap<String, Option<Vec<u8>>>>,
}

impl SignedStore {
    /// `head` or `quarantine`, which must still count: without them a gateway refuses everything.
    fn standing<T: DeserializeOwned>(&self, key: &RecordKey<'_>) -> Result<T, Failure> {
        let now = clock::now_ms()? / 1_000;
        let value = self.read(key, |opened| opened.fresh(now, None).and_then(|_| opened.decode()))?;
        value.ok_or_else(|| missing(key))
    }

    fn required<T: DeserializeOwned>(&self, key: &RecordKey<'_>) -> Result<T, Failure> {
        self.optional(key)?.ok_or_else(|| missing(key))
    }

    fn optional<T: DeserializeOwned>(&self, key: &RecordKey<'_>) -> Result<Option<T>, Failure> {
        self.read(key, |opened| opened.decode())
    }

    fn read<T>(
        &self,
        key: &RecordKey<'_>,
        decode: impl FnOnce(&Opened<'_>) -> Result<T, RecordError>,
    ) -> Result<Option<T>, Failure> {
        let name = key.to_string();
        let seen = self.seen.borrow().get(&name).cloned();
        let value = match seen {
            Some(value) => value,
            None => self.wrangler.value(&name)?,
        };
        self.seen.borrow_mut().insert(name, value.clone());
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
