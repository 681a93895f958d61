//! The text of a policy, as the registry's files and roles have it.

/// One Cedar policy, a `permit` or a `forbid`, with its id in decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The id, unique within the registry: `role/NAME/…` for a grant of a role, `public/NAME` for a public virtual
    /// server, else the `@id` or `FILE/INDEX`.
    pub id: String,
    /// The policy in Cedar's syntax.
    pub text: String,
}
