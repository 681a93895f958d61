//! Compile: builds the snapshot from the documents, with the policies sliced per virtual server and exposed name.
//!
//! Cedar validates each policy against everything that it can apply to. The result also gives the slice: the policies
//! that a decision about one tool needs. Checking and compiling are therefore one pass.

mod faults;
mod virtual_server;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use oauth::jwk::PrivateKeySet;
use oauth::openid_token_request::Method;
use policy_compiler::PolicyText;
use policy_compiler::check::Checker;
use policy_compiler::role::{self, Grants};

use crate::document::Documents;
use crate::document::quarantine::WrittenNotBefore;
use crate::document::service::ServiceDocument;
use crate::document::virtual_server::VirtualServerDocument;
use crate::fault::Faults;
use crate::name::SIGN_IN_SECRET;
use crate::record::{Freshness, RecordError, RecordKey, seal};
use crate::snapshot::{
    Assignments, Client, Gateway, GroupAssignment, Head, Issuer, Needs, PublicAccess, Quarantine, SignIn,
    VirtualServer, assignment_shard,
};
use crate::source::{Located, values};

use virtual_server::View;

pub(crate) use virtual_server::{compile_origin, declaration};

/// Mean number of groups in one assignment record. 256 groups take about 20 kB, read once per epoch and isolate.
const GROUPS_PER_SHARD: usize = 256;

/// The compiled registry: the content of every record.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The record `gateway`.
    pub gateway: Gateway,
    /// The records `assignments/SHARD`, by shard.
    pub assignments: Vec<Assignments>,
    /// The records `virtual-server/NAME`, by name.
    pub virtual_servers: BTreeMap<String, VirtualServer>,
    /// The record `quarantine`.
    pub quarantine: Quarantine,
    /// The text of every policy, including those of roles. No record has it: `diff` shows it, and Cedar decides by it
    /// where `explain` compares.
    pub policies: Vec<PolicyText>,
}

/// The sealed records of a snapshot, as (key, bytes). All of `records` must be stored before `standing`, so that no
/// gateway follows a head to missing records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSnapshot {
    /// The records of the epoch: `EPOCH/…`.
    pub records: Vec<(String, Vec<u8>)>,
    /// `quarantine`, then `head`, in this order: frozen callers stay frozen in the new epoch.
    pub standing: Vec<(String, Vec<u8>)>,
}

/// The ends of validity of `head` and `quarantine`, Unix seconds. That of `quarantine` is the longest time for which
/// somebody who can write to the store can undo a freeze by putting an older record back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The end of `head`.
    pub head: u64,
    /// The end of `quarantine`.
    pub quarantine: u64,
}

impl Validity {
    /// One end for both.
    #[must_use]
    pub const fn until(valid_until: u64) -> Self {
        Self { head: valid_until, quarantine: valid_until }
    }
}

impl Snapshot {
    /// Compiles `documents` and adds the faults of policies to `faults`.
    ///
    /// The snapshot is usable only if no fault, including those of reading the documents, is an error.
    pub fn compile(documents: &Documents, faults: &mut Faults) -> Self {
        let policies = all_policies(documents);
        let (mut checker, found) = Checker::new(&policies);
        let report = faults::Report::new(documents);
        report.add(&found, faults);
        let mut applied = HashSet::new();
        let mut whole = true;
        let mut virtual_servers = BTreeMap::new();
        for (name, written) in &documents.virtual_servers {
            let view = View::new(written, documents);
            whole &= view.is_whole();
            match checker.check(name, &view.declarations) {
                Ok(slices) => {
                    report.add_of_virtual_server(&slices.warnings, written, faults);
                    applied.extend(slices.by_name.values().flatten().cloned());
                    virtual_servers.insert(name.clone(), view.compile(&slices, &checker));
                }
                Err(found) => {
                    whole = false;
                    report.add_of_virtual_server(&found, written, faults);
                }
            }
        }
        if whole {
            report.unapplied(&applied, faults);
        }
        let shards = shards_of(documents.gateway.groups.len());
        Self {
            gateway: gateway(documents, shards),
            assignments: assignments(documents, shards),
            virtual_servers,
            quarantine: quarantine(documents),
            policies,
        }
    }

    /// The records of the epoch with their raw JSON, without `head` and `quarantine`.
    ///
    /// # Errors
    /// [`RecordError::Malformed`] if a record can't be written as JSON.
    pub fn records(&self, epoch: u64) -> Result<Vec<(RecordKey<'_>, Vec<u8>)>, RecordError> {
        let mut records = vec![(RecordKey::Gateway { epoch }, json(&self.gateway)?)];
        records.push((RecordKey::Needs { epoch }, json(&self.needs())?));
        for (shard, assignments) in (0_u32..).zip(&self.assignments) {
            records.push((RecordKey::Assignments { epoch, shard }, json(assignments)?));
        }
        for (name, virtual_server) in &self.virtual_servers {
            records.push((RecordKey::VirtualServer { epoch, name }, json(virtual_server)?));
        }
        Ok(records)
    }

    /// The secrets that its calls need: two sets of keys always, those of each origin's credential, and Weir's own at
    /// the identity provider where people sign in.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let origins = self.virtual_servers.values().flat_map(|virtual_server| virtual_server.origins.values());
        let of_origins = origins.flat_map(|origin| {
            let keys = origin.credential.keys().map(str::to_owned);
            keys.into_iter().chain(origin.credential.secrets(&origin.name))
        });
        let always = ["ACCESS_TOKEN_KEYS", "SEALING_KEYS"].map(str::to_owned);
        let with_secret = self.gateway.sign_in.iter().filter(|sign_in| sign_in.client_authentication != Method::None);
        let of_sign_in = with_secret.map(|_| SIGN_IN_SECRET.to_owned());
        let secrets: BTreeSet<String> = of_origins.chain(always).chain(of_sign_in).collect();
        Needs { secrets: secrets.into_iter().collect() }
    }

    /// Seals all records.
    ///
    /// `epoch` is in Unix milliseconds and also the sequence of `head` and `quarantine`.
    ///
    /// # Errors
    /// As [`seal`].
    pub fn seal(&self, keys: &PrivateKeySet, epoch: u64, validity: Validity) -> Result<SignedSnapshot, RecordError> {
        let records = self.records(epoch)?.into_iter();
        let records = records.map(|(key, raw)| Ok((key.to_string(), seal(keys, &key, None, &raw)?)));
        let until = |valid_until| Freshness { sequence: epoch, valid_until };
        let head = seal(keys, &RecordKey::Head, Some(until(validity.head)), &json(&Head { epoch })?)?;
        let quarantine = seal_quarantine(&self.quarantine, keys, until(validity.quarantine))?;
        Ok(SignedSnapshot {
            records: records.collect::<Result<_, RecordError>>()?,
            standing: vec![quarantine, (RecordKey::Head.to_string(), head)],
        })
    }
}

/// Seals `quarantine` alone, to freeze at once or to extend its validity.
///
/// # Errors
/// As [`seal`].
pub fn seal_quarantine(
    quarantine: &Quarantine,
    keys: &PrivateKeySet,
    freshness: Freshness,
) -> Result<(String, Vec<u8>), RecordError> {
    let key = RecordKey::Quarantine;
    Ok((key.to_string(), seal(keys, &key, Some(freshness), &json(quarantine)?)?))
}

fn json<T: serde::Serialize>(record: &T) -> Result<Vec<u8>, RecordError> {
    serde_json::to_vec(record).map_err(|_| RecordError::Malformed)
}

/// The policies of roles, public virtual servers and policy files; of two with one id only the first.
fn all_policies(documents: &Documents) -> Vec<PolicyText> {
    let mut policies = Vec::new();
    for written in &documents.gateway.roles {
        let groups = documents.gateway.groups.iter();
        let holders = groups.filter(|group| group.roles.iter().any(|role| role.value == written.name.value));
        let holders: Vec<&str> = holders.map(|group| group.name.value.as_str()).collect();
        let [tools, resources, prompts, origins, virtual_servers] =
            [&written.tools, &written.resources, &written.prompts, &written.origins, &written.virtual_servers]
                .map(|written| values(written));
        let grants = Grants {
            tools: &tools,
            resources: &resources,
            prompts: &prompts,
            origins: &origins,
            virtual_servers: &virtual_servers,
        };
        policies.extend(role::policies(&written.name.value, &holders, &grants));
    }
    let public = documents.virtual_servers.values().filter(|virtual_server| virtual_server.public().is_some());
    policies.extend(public.filter_map(|written| role::public(&documents.gateway.url, &written.name.value)));
    let written = documents.policies.iter();
    policies.extend(written.map(|policy| PolicyText { id: policy.id.clone(), text: policy.text.clone() }));
    // `agreement` reports duplicate ids.
    let mut ids = HashSet::new();
    policies.retain(|policy| ids.insert(policy.id.clone()));
    policies
}

fn gateway(documents: &Documents, assignment_shards: u32) -> Gateway {
    let written = &documents.gateway;
    let issuers = written.issuers.iter().map(|issuer| Issuer {
        name: issuer.name.value.clone(),
        issuer: issuer.issuer.value.clone(),
        jwks_uri: issuer.jwks_uri.clone(),
        algorithms: issuer.algorithms.clone(),
        groups_claim: issuer.membership.groups_claim.clone(),
        tenant: issuer.tenant.clone(),
        aud_tenant: issuer.aud_tenant.clone(),
        assertion_seconds: issuer.assertion_seconds,
        default_scopes: values(&issuer.default_scopes),
        require_dpop: issuer.require_dpop,
        modes: issuer.modes.clone(),
        audiences: map(&issuer.audiences),
        clients: map(&issuer.clients),
        groups_separator: issuer.membership.groups_separator,
        group_names: map(&issuer.membership.group_names),
        default_groups: values(&issuer.membership.default_groups),
        team_claim: issuer.membership.team_claim.clone(),
        project_claim: issuer.membership.project_claim.clone(),
    });
    let clients = written.clients.iter().map(|client| Client {
        id: client.id.value.clone(),
        title: client.title.clone(),
        secret_hashes: values(&client.secret_hashes),
        jwks: client.jwks.clone(),
        public: client.is_public,
        redirect_uris: client.redirect_uris.clone(),
        scopes: values(&client.scopes),
        service: client.service.as_ref().map(ServiceDocument::compiled),
    });
    let sign_in = written.sign_in.as_ref().map(|sign_in| SignIn {
        issuer: sign_in.issuer.value.clone(),
        client_id: sign_in.client_id.clone(),
        client_authentication: sign_in.client_authentication,
        scopes: sign_in.scopes.clone(),
        authorization_endpoint: sign_in.authorization_endpoint.clone(),
        token_endpoint: sign_in.token_endpoint.clone(),
        registration: sign_in.registration,
        client_hosts: sign_in.client_hosts.clone(),
        redirect_uris: sign_in.redirect_uris.clone(),
        idle_seconds: sign_in.idle_seconds,
        longest_seconds: sign_in.longest_seconds,
    });
    Gateway {
        url: written.url.clone(),
        issuers: issuers.collect(),
        clients: clients.collect(),
        sign_in,
        assignment_shards,
        access_token_seconds: written.access_token_seconds,
        requests_per_minute: written.requests_per_minute,
        require_dpop: written.require_dpop,
        browser_origins: written.browser_origins.clone(),
        loopback_origins: written.loopback_origins,
        public: documents.virtual_servers.values().filter_map(public_access).collect(),
    }
}

fn map(written: &BTreeMap<String, Located<String>>) -> BTreeMap<String, String> {
    written.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect()
}

fn public_access(written: &VirtualServerDocument) -> Option<(String, PublicAccess)> {
    written.public()?;
    let value = |written: &Option<Located<String>>| written.as_ref().map(|written| written.value.clone());
    Some((written.name.value.clone(), PublicAccess { team: value(&written.team), project: value(&written.project) }))
}

fn shards_of(groups: usize) -> u32 {
    u32::try_from(groups.div_ceil(GROUPS_PER_SHARD)).unwrap_or(u32::MAX).max(1)
}

/// All shards, empty ones included, so that a missing record always means a fault of the store.
fn assignments(documents: &Documents, shards: u32) -> Vec<Assignments> {
    let mut by_shard: BTreeMap<u32, Assignments> = (0..shards).map(|shard| (shard, Assignments::default())).collect();
    for (order, group) in (0..).zip(&documents.gateway.groups) {
        let value = |written: &Option<Located<String>>| written.as_ref().map(|written| written.value.clone());
        let (virtual_server, team) = (value(&group.virtual_server), value(&group.team));
        if virtual_server.is_none() && team.is_none() {
            continue;
        }
        let assignment = GroupAssignment { order, virtual_server, team, project: value(&group.project) };
        let shard = by_shard.entry(assignment_shard(&group.name.value, shards)).or_default();
        shard.groups.insert(group.name.value.clone(), assignment);
    }
    by_shard.into_values().collect()
}

fn quarantine(documents: &Documents) -> Quarantine {
    let written = &documents.quarantine;
    Quarantine {
        principals: values(&written.principals),
        agents: values(&written.agents),
        origins: values(&written.origins),
        tools: values(&written.tools),
        resources: values(&written.resources),
        prompts: values(&written.prompts),
        until: written.until.clone(),
        not_before: written.not_before.iter().map(WrittenNotBefore::compiled).collect(),
    }
}
