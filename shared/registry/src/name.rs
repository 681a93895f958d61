//! Names: syntax of the names in a registry, and names derived from them.

/// True if `text` may name an origin, a virtual server, a role, an issuer or a client: `^[a-z][a-z0-9-]{0,62}$`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// True if `text` may be the exposed name of a tool or a prompt: `^[A-Za-z0-9_.-]{1,128}$`.
#[must_use]
pub fn is_exposed_name(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// True if `text` is 1 to 256 characters without control characters: titles, teams, and names given outside the
/// registry (groups, tools at an origin, arguments).
#[must_use]
pub fn is_label(text: &str) -> bool {
    (1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// The default exposed name of a tool or prompt of `origin`: `ORIGIN_NAME`.
#[must_use]
pub fn default_exposed_name(origin: &str, name: &str) -> String {
    format!("{origin}_{name}")
}

/// The name of the secret of `origin`: `ORIGIN_NAME_SECRET`. It depends on the origin's name alone, so no file can send
/// one origin's secret to another.
#[must_use]
pub fn origin_secret_name(origin: &str) -> String {
    format!("ORIGIN_{}_SECRET", origin.to_ascii_uppercase().replace('-', "_"))
}

/// The name of Weir's secret at the identity provider that issues ID-JAGs for `origin`: `IDP_NAME_SECRET`. No origin's
/// own secret has it, whatever the origin is called.
#[must_use]
pub fn identity_provider_secret_name(origin: &str) -> String {
    format!("IDP_{}_SECRET", origin.to_ascii_uppercase().replace('-', "_"))
}

/// The name of Weir's own secret at the identity provider where people sign in.
pub const SIGN_IN_SECRET: &str = "SIGN_IN_CLIENT_SECRET";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_lower_case_and_starts_with_letter() {
        for name in ["a", "support", "team-7", &"a".repeat(63)] {
            assert!(is_name(name), "`{name}` should be a name");
        }
        for other in ["", "7up", "-a", "Support", "a_b", "a/b", "a.b", "ä", &"a".repeat(64)] {
            assert!(!is_name(other), "`{other}` should not be a name");
        }
    }

    #[test]
    fn exposed_name_is_bounded_ascii() {
        assert!(is_exposed_name("documents_search.v2-beta"));
        for other in ["", "a b", "a/b", "ä", &"a".repeat(129)] {
            assert!(!is_exposed_name(other), "`{other}` should not be an exposed name");
        }
    }

    #[test]
    fn label_has_no_control_character() {
        assert!(is_label("Équipe support"));
        for other in ["", "a\nb", "\u{7f}", &"a".repeat(257)] {
            assert!(!is_label(other), "{other:?} should not be a label");
        }
    }

    #[test]
    fn secret_name_is_derived_from_origin_name() {
        assert_eq!(origin_secret_name("crm-eu"), "ORIGIN_CRM_EU_SECRET");
        assert_eq!(identity_provider_secret_name("crm-eu"), "IDP_CRM_EU_SECRET");
    }
}
