//! The manifest, checked and compiled, ready to serve.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use wasmtime_wasi_http::{handler::ProxyHandler, p3::bindings::ServicePre};

use crate::{
    allowed_hosts::{AllowedHostError, AllowedHosts},
    arguments::Arguments,
    compiled,
    faults::Faults,
    guest::{Backends, Component, Guest},
    instances::Instances,
    manifest::{self, Manifest, ManifestError},
    outbound,
    route::{RouteError, Router},
    runtime_config::{RuntimeConfig, RuntimeConfigError},
    variables::{VariableError, Variables},
};

/// The reason for which the application can't be served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(transparent)]
    Variable(#[from] VariableError),
    #[error(transparent)]
    RuntimeConfig(#[from] RuntimeConfigError),
    #[error("component `{0}`: {1}")]
    AllowedHost(String, AllowedHostError),
    #[error("component `{0}`: {1:?}")]
    Component(String, wasmtime::Error),
    #[error("{0}: {1}")]
    State(String, std::io::Error),
}

/// The state that serving needs.
pub struct Application {
    pub router: Router,
    pub components: BTreeMap<String, ProxyHandler<Instances>>,
    pub backends: Backends,
}

impl Application {
    /// Reads, checks, compiles and links the manifest of the command line.
    pub fn load(arguments: &Arguments) -> Result<Self, LoadError> {
        let manifest = Manifest::read(&arguments.from, &arguments.components)?;
        let folder = folder(arguments);
        let router = Router::new(&manifest.trigger.http)?;
        let environment = |name: &str| std::env::var(name).ok();
        let variables = Variables::resolve(&manifest.variables, &arguments.variables, environment)?;
        let config = arguments.runtime_config_file.as_deref().map(RuntimeConfig::read).transpose()?.unwrap_or_default();
        let state = arguments.state.clone().or_else(|| config.state());
        let backends = backends(state.unwrap_or_else(|| folder.join(".spin")), &config)?;
        let instances = |(name, declared): (&String, &manifest::Component)| {
            let component = Arc::new(component(name, declared, &variables)?);
            let service = service(name, declared, &folder)?;
            Ok((name.clone(), ProxyHandler::new(Instances::new(component, backends.clone(), service))))
        };
        let components = manifest.component.iter().map(instances).collect::<Result<_, LoadError>>()?;
        Ok(Self { router, components, backends })
    }
}

/// Compiles components that are not compiled yet. Needs no variables: machine code doesn't depend on them.
pub fn compile(arguments: &Arguments) -> Result<(), LoadError> {
    let manifest = Manifest::read(&arguments.from, &arguments.components)?;
    let folder = folder(arguments);
    manifest.component.iter().try_for_each(|(name, declared)| service(name, declared, &folder).map(drop))
}

/// The folder to which the manifest's paths are relative.
fn folder(arguments: &Arguments) -> PathBuf {
    arguments.from.parent().map_or_else(PathBuf::new, PathBuf::from)
}

fn service(name: &str, declared: &manifest::Component, folder: &Path) -> Result<ServicePre<Guest>, LoadError> {
    compiled::load(&folder.join(&declared.source)).map_err(|error| LoadError::Component(name.to_owned(), error))
}

fn component(name: &str, declared: &manifest::Component, variables: &Variables) -> Result<Component, LoadError> {
    let hosts = declared.allowed_outbound_hosts.iter().map(|entry| variables.expand(entry));
    let allowed = AllowedHosts::parse(&hosts.collect::<Result<Vec<_>, _>>()?)
        .map_err(|error| LoadError::AllowedHost(name.to_owned(), error))?;
    Ok(Component {
        name: name.to_owned(),
        allowed,
        key_value_stores: declared.key_value_stores.iter().cloned().collect(),
        sqlite_databases: declared.sqlite_databases.iter().cloned().collect(),
        variables: variables.of_component(&declared.variables)?,
        environment: declared.environment.clone().into_iter().collect(),
    })
}

/// The stores in the folder `state`, which is made, and the other state that components share.
pub fn backends(state: PathBuf, config: &RuntimeConfig) -> Result<Backends, LoadError> {
    std::fs::create_dir_all(&state).map_err(|error| LoadError::State(state.display().to_string(), error))?;
    Ok(Backends {
        key_value: config.key_value(&state),
        state: Arc::new(state),
        faults: Arc::new(Faults::default()),
        client: outbound::client(),
    })
}
