//! `spin:variables`: the values of `[component.NAME.variables]`.

use wasmtime::{Result, component::Accessor};

use super::Imports;
use crate::{
    bindings::variables::variables::{Error, Host, HostWithStore},
    guest::Guest,
    variables::check_name,
};

impl Host for Guest {}

impl<T: Send> HostWithStore<T> for Imports {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<Result<String, Error>> {
        if let Err(error) = check_name(&name) {
            return Ok(Err(Error::InvalidName(error.to_string())));
        }
        let value = accessor.with(|mut access| access.get().component.variables.get(&name).cloned());
        Ok(value.ok_or_else(|| Error::Undefined(format!("the component has no variable `{name}`"))))
    }
}
