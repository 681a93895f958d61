//! The record `needs`.

use serde::{Deserialize, Serialize};

/// The record `needs`: the deployment's part in this epoch. It is a record of its own, because it grows with the number
/// of origins, and no call reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Names of secrets, sorted; without one of them, calls that need it are refused.
    pub secrets: Vec<String>,
}
