//! The host's state of one component instance.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, cli::stderr};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    allowed_hosts::AllowedHosts,
    faults::Faults,
    key_value::KeyValue,
    outbound::{self, Outbound},
};

/// The manifest's settings for a component.
#[derive(Default)]
pub struct Component {
    pub name: String,
    pub allowed: AllowedHosts,
    pub key_value_stores: BTreeSet<String>,
    pub sqlite_databases: BTreeSet<String>,
    pub variables: BTreeMap<String, String>,
    pub environment: Vec<(String, String)>,
}

/// The state that all components share.
#[derive(Clone)]
pub struct Backends {
    pub state: Arc<PathBuf>,
    pub key_value: KeyValue,
    pub faults: Arc<Faults>,
    pub client: outbound::Client,
}

/// The data of an instance.
pub struct Guest {
    pub component: Arc<Component>,
    pub backends: Backends,
    pub table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl Guest {
    /// The data of a new instance.
    pub fn new(component: &Arc<Component>, backends: &Backends) -> Self {
        // Standard output is kept for the line with this host's address.
        let wasi = WasiCtx::builder().stdout(stderr()).stderr(stderr()).envs(&component.environment).build();
        Self {
            component: component.clone(),
            backends: backends.clone(),
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: Outbound::new(component.clone(), backends.client.clone()),
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}
