//! Components as machine code, kept beside their source between starts.

use std::path::Path;

use wasmtime::{
    Cache, CacheConfig, Config, Engine, Result,
    component::{Component, Linker},
    error::Context,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::{bindings::Host_, guest::Guest, imports::Imports};

/// The cache folder beside a component's source; wasmtime's keys are its own version and the component's bytes.
const FOLDER: &str = ".cwasm";

/// Links a component after compiling it or reading the code that an earlier start compiled.
pub fn load(source: &Path) -> Result<ServicePre<Guest>> {
    let folder = std::path::absolute(source)?.with_file_name(FOLDER);
    let mut cache = CacheConfig::new();
    cache.with_directory(folder);
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.cache(Some(Cache::new(cache)?));
    let engine = Engine::new(&config)?;

    let component = Component::from_file(&engine, source).with_context(|| source.display().to_string())?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    Host_::add_to_linker::<_, Imports>(&mut linker, |guest| guest)?;
    ServicePre::new(linker.instantiate_pre(&component)?)
}
