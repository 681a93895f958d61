//! An example registry: two teams, two origins, three tools.

use std::collections::BTreeMap;

/// Every file by its path in the folder.
pub fn files() -> BTreeMap<String, String> {
    [
        ("gateway.toml", include_str!("gateway.toml")),
        ("origins/documents.toml", include_str!("origins/documents.toml")),
        ("origins/tickets.toml", include_str!("origins/tickets.toml")),
        ("virtual-servers/support.toml", include_str!("virtual-servers/support.toml")),
        ("virtual-servers/operations.toml", include_str!("virtual-servers/operations.toml")),
        ("policies/limits.cedar", include_str!("policies/limits.cedar")),
        ("quarantine.toml", include_str!("quarantine.toml")),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}
