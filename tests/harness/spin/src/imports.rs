//! The implementation of the Spin interfaces for one component.

pub mod key_value;
mod redis;
mod sqlite;
mod variables;

use wasmtime::component::HasData;

use crate::guest::Guest;

/// The implementation of all interfaces of `bindings`.
pub struct Imports;

impl HasData for Imports {
    type Data<'a> = &'a mut Guest;
}
