//! Source: the registry that is asked, as a folder or as the records that gateways read now.

use std::path::PathBuf;

use registry::compile::Snapshot;
use registry::document::Documents;
use registry::record::RecordKey;
use registry::snapshot::{Assignments, Gateway, GroupAssignment, Head, Quarantine, VirtualServer, assignment_shard};
use serde::Serialize;

use super::live::{Live, SignedStore};
use crate::failure::Failure;
use crate::folder;

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
        let store = live.open()?;
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
