//! The risk of a tool, as its approval states it.

use serde::{Deserialize, Serialize};

/// Possible harm of a call; policies read it as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little harm.
    Low,
    /// Some harm; the default.
    #[default]
    Medium,
    /// Much harm.
    High,
}

impl Risk {
    /// Its text in the registry, policies and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
