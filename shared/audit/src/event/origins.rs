//! The facts of an event about origins: omitted from a list, with defective definitions, with requests for input.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An origin that a list omits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unavailable {
    /// Name of the origin.
    pub origin: String,
    /// A stable snake_case code of the failure, as in [`super::Outcome::reason`].
    pub reason: Cow<'static, str>,
}

/// An origin with definitions of tools, resources, templates or prompts that official clients refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defective {
    /// Name of the origin.
    pub origin: String,
    /// Number of definitions that are listed with a repair.
    pub repaired: u64,
    /// Number of definitions that are not listed, because no client could read them or what they name.
    pub left_out: u64,
    /// A stable snake_case code: the reason for the first that is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

/// The requests of one kind that one origin made of the caller during one request or stream. Never their content, nor
/// the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRequests {
    /// Name of the origin.
    pub origin: String,
    /// `elicitation_form`, `elicitation_url`, `sampling` or `roots`.
    pub request: Cow<'static, str>,
    /// Number of requests that were passed on to the client.
    pub passed: u64,
    /// Number of requests that Weir refused.
    pub refused: u64,
    /// A stable snake_case code: the reason for the first refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}
