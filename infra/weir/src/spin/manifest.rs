//! The manifest `spin.toml`, in which the gateway's component lists every host that it may call.
//!
//! Everything that the registry doesn't decide stays byte for byte as it was.

mod hosts;
mod variables;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, value};

use super::failure::SpinFailure;
use super::needs::Needs;
use crate::failure::Failure;
use crate::output::write;

/// The name of the gateway's component.
const COMPONENT: &str = "gateway";

/// The key with the hosts that a component may call.
const HOSTS: &str = "allowed_outbound_hosts";

/// A manifest and its edited document.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    document: DocumentMut,
    /// `\n`, or `\r\n` if the file uses it; the document preserves everything else.
    line_end: &'static str,
}

/// One host or variable that is added or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `host` or `variable`.
    kind: &'static str,
    /// The host or the name of the variable.
    name: String,
    /// True if added, false if removed.
    pub added: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", if self.added { '+' } else { '-' }, self.kind, self.name)
    }
}

impl Manifest {
    /// Reads the file at `path`, which must have the gateway's component.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|cause| Failure::Read { path: path.to_owned(), cause })?;
        let document = text.parse::<DocumentMut>();
        let document = document
            .map_err(|error| SpinFailure::Manifest { path: path.to_owned(), cause: error.message().to_owned() })?;
        Ok(Self { path: path.to_owned(), document, line_end: if text.contains("\r\n") { "\r\n" } else { "\n" } })
    }

    /// Sets the gateway's outbound hosts and the variables of origins to `needs`; returns the changes.
    pub fn apply(&mut self, needs: &Needs) -> Result<Vec<Change>, SpinFailure> {
        let path = self.path.clone();
        let wrong = |cause: &str| SpinFailure::Manifest { path: path.clone(), cause: cause.to_owned() };

        let declared = variables::apply(self.document.as_table_mut(), &needs.variables, variables::declaration);
        let mut changes = declared.ok_or_else(|| wrong("its `variables` are no table"))?;

        let components = self.document.get_mut("component").and_then(Item::as_table_like_mut);
        let component = components.and_then(|components| components.get_mut(COMPONENT)?.as_table_like_mut());
        let component = component.ok_or_else(|| wrong("it has no `[component.gateway]`"))?;
        let given = variables::apply(component, &needs.variables, variables::template);
        for change in given.ok_or_else(|| wrong("its gateway's `variables` are no table"))? {
            // A variable that was declared for the app but not given to the gateway.
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        let allowed = component.entry(HOSTS).or_insert_with(|| value(Array::new())).as_array_mut();
        let allowed = allowed.filter(|allowed| allowed.iter().all(toml_edit::Value::is_str));
        let allowed = allowed.ok_or_else(|| wrong("its gateway's `allowed_outbound_hosts` is no array of texts"))?;
        changes.splice(..0, hosts::apply(allowed, &needs.hosts));
        Ok(changes)
    }

    /// The remaining entries that allow more than one host.
    pub fn wildcards(&self) -> Vec<&str> {
        let component = self.document.get("component").and_then(|components| components.get(COMPONENT));
        let allowed = component.and_then(|component| component.get(HOSTS)).and_then(Item::as_array);
        allowed.into_iter().flatten().filter_map(toml_edit::Value::as_str).filter(|entry| entry.contains('*')).collect()
    }

    /// Writes the manifest back.
    pub fn write(&self) -> Result<(), Failure> {
        write(&self.path, self.document.to_string().replace('\n', self.line_end).as_bytes())
    }
}
