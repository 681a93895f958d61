//! Scopes (RFC 6749 §3.3): a list of case-sensitive tokens, separated by single spaces.

/// The scopes that Weir supports, in the order of `scopes_supported`: to list tools, to call them, to list and read
/// resources, to list and get prompts. Completion needs the scope of its prompt or resource.
pub const KNOWN: [&str; 4] = ["tools:list", "tools:call", "resources:read", "prompts:get"];

/// The maximum length of a `scope` value, in bytes.
pub const MAX_BYTES: usize = 4 * 1024;

/// A `scope` value that breaks the grammar, is empty, or is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scope is malformed")]
pub struct ScopeError;

/// Reads a `scope` value: `scope-token *( SP scope-token )`, where a token is printable ASCII without space, `"` and
/// `\`. Keeps the order, and a repeated scope once.
///
/// # Errors
/// [`ScopeError`] if the value is empty, longer than [`MAX_BYTES`], or breaks the grammar.
pub fn parse(value: &str) -> Result<Vec<String>, ScopeError> {
    if value.len() > MAX_BYTES {
        return Err(ScopeError);
    }
    let mut scopes: Vec<String> = Vec::new();
    for token in value.split(' ') {
        let well_formed =
            !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if !well_formed {
            return Err(ScopeError);
        }
        if !scopes.iter().any(|scope| scope == token) {
            scopes.push(token.to_owned());
        }
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn repeated_scope_is_kept_once_in_order() {
        assert_eq!(
            parse("tools:call tools:list tools:call"),
            Ok(vec!["tools:call".to_owned(), "tools:list".to_owned()]),
            "a repeated scope should be kept once"
        );
    }

    #[test]
    fn malformed_scope_is_refused() {
        for value in ["", " ", "a  b", " a", "a ", "a\tb", "a\"b", "a\\b", "ä"] {
            assert_eq!(parse(value), Err(ScopeError), "{value:?} should be malformed");
        }
        assert_eq!(parse(&"a".repeat(MAX_BYTES + 1)), Err(ScopeError), "too long a scope");
    }

    proptest! {
        #[test]
        fn scope_never_panics_and_is_stable(value in any::<String>()) {
            if let Ok(scopes) = parse(&value) {
                prop_assert_eq!(parse(&scopes.join(" ")), Ok(scopes), "a scope that was read should be read the same again");
            }
        }
    }
}
