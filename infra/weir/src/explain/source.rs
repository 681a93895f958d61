//! The registry to answer from: a folder, or the records that gateways read now.

use std::path::PathBuf;

use policy_compiler::PolicyText;
use registry::compile::Snapshot;
use registry::document::Documents;
use registry::record::RecordKey;
use registry::snapshot::{
    Assignments, Gateway, GroupAssignment, Head, Quarantine, Service, VirtualServer, assignment_shard,
};
use serde::Serialize;

use super::question::Question;
use crate::failure::Failure;
use crate::folder;
use crate::live::{Live, SignedStore};

/// The `source` member of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct SourceDescription {
    /// `folder` or `live`.
    kind: &'static str,
    /// The folder's path; `None` for a live registry.
    path: Option<String>,
    /// The epoch of a live registry; `None` for a folder.
    epoch: Option<u64>,
}

/// A registry to answer from.
pub struct Source {
    gateway: Gateway,
    quarantine: Quarantine,
    records: Records,
}

/// The records of groups and virtual servers.
enum Records {
    /// Compiled from a folder, with the places of their documents.
    Folder { path: PathBuf, documents: Box<Documents>, snapshot: Box<Snapshot> },
    /// In a store; each is read and verified on demand, as by a gateway.
    Live { store: SignedStore, epoch: u64 },
}

impl Source {
    /// The registry's entry of the service in the question; `None` if there is none.
    pub fn service(&self, question: &Question) -> Option<&Service> {
        self.gateway().client(question.service.as_deref()?)?.service.as_ref()
    }

    /// Reads the folder at `path`, which must have no errors.
    pub fn folder(path: PathBuf) -> Result<Self, Failure> {
        let checked = folder::without_errors(&path)?;
        let snapshot = Box::new(checked.snapshot().ok_or(Failure::Faults)?.clone());
        Ok(Self {
            gateway: snapshot.gateway.clone(),
            quarantine: snapshot.quarantine.clone(),
            records: Records::Folder { path, documents: Box::new(checked.documents), snapshot },
        })
    }

    /// Opens the live registry.
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

    /// Leaves out what the quarantine holds no more at `now`, Unix seconds.
    #[must_use]
    pub fn at(self, now: u64) -> Self {
        Self { quarantine: self.quarantine.without_ended(now), ..self }
    }

    /// The quarantine record.
    pub const fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// The documents of a folder; `None` for a live registry.
    pub const fn documents(&self) -> Option<&Documents> {
        match &self.records {
            Records::Folder { documents, .. } => Some(documents),
            Records::Live { .. } => None,
        }
    }

    /// The assignment of each of `groups` that has one.
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

    /// The virtual server called `name`; `None` if there is none.
    pub fn virtual_server(&self, name: &str) -> Result<Option<VirtualServer>, Failure> {
        match &self.records {
            Records::Folder { snapshot, .. } => Ok(snapshot.virtual_servers.get(name).cloned()),
            // Any other text would form another key of the store.
            Records::Live { .. } if !registry::name::is_name(name) => Ok(None),
            Records::Live { store, epoch } => store.optional(&RecordKey::VirtualServer { epoch: *epoch, name }),
        }
    }

    /// The text of the policy `id`; `None` for a live registry, whose records have none.
    pub fn text_of_policy(&self, id: &str) -> Option<&PolicyText> {
        match &self.records {
            Records::Folder { snapshot, .. } => snapshot.policies.iter().find(|policy| policy.id == id),
            Records::Live { .. } => None,
        }
    }

    /// The `source` member of an answer.
    pub fn description(&self) -> SourceDescription {
        match &self.records {
            Records::Folder { path, .. } => {
                SourceDescription { kind: "folder", path: Some(path.display().to_string()), epoch: None }
            }
            Records::Live { epoch, .. } => SourceDescription { kind: "live", path: None, epoch: Some(*epoch) },
        }
    }
}
