//! `policies/NAME.cedar`: any number of Cedar policies.
//!
//! ```cedar
//! // Nobody deletes at night.
//! @id("no-night-deletes")
//! @message("deleting is possible from 06:00 to 22:00 UTC")
//! forbid (principal, action == Action::"call", resource == Tool::"documents_delete")
//! when { context.now … };
//! ```
//!
//! `@id` names a policy in decisions and audit events; the default is `FILE/INDEX`, counted from 0. `@message` of a
//! `forbid` is shown to those whom it refuses: what would be permitted. This module only
//! splits a file at the `;` that end policies, outside strings and comments, so that one broken policy doesn't hide the
//! others. Cedar's parser then reads each policy.

use std::ops::Range;

use policy_compiler::lexeme::lexemes;

use crate::fault::{Faults, Place};
use crate::source::Source;

/// The rule for `@id`, worded to follow *must*.
const ID_SAYS: &str = "be letters, digits, `-`, `_`, `.` and `/`, at most 128, and not begin with `role/` or `public/`";

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// Its id in decisions and audit events.
    pub id: String,
    /// Its text from its first annotation to its `;`.
    pub text: String,
    /// The place of its first character.
    pub place: Place,
}

impl PolicyDocument {
    /// Reads `policies/NAME.cedar`.
    pub fn read(name: &str, source: &Source<'_>, faults: &mut Faults) -> Vec<Self> {
        let mut policies = Vec::new();
        for (index, tokens) in split(source.text()).into_iter().enumerate() {
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
                continue;
            };
            let place = source.place(first.span.start);
            if last.text != ";" {
                faults.error(&place, "the policy has no `;` at its end", None);
                continue;
            }
            let id = match annotated_id(&tokens) {
                Some(token) => {
                    let id = token.text.trim_matches('"');
                    if !is_id(id) {
                        let message = format!("`@id` must {ID_SAYS}");
                        faults.error(&source.place(token.span.start), message, None);
                    }
                    id.to_owned()
                }
                None => format!("{name}/{index}"),
            };
            let text = source.text().get(first.span.start..last.span.end).unwrap_or_default().to_owned();
            policies.push(Self { id, text, place });
        }
        policies
    }

    /// Number of lines of its text.
    #[must_use]
    pub fn lines(&self) -> u32 {
        u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX)
    }

    /// The place of a byte offset in [`Self::text`].
    #[must_use]
    pub fn place_of(&self, offset: usize) -> Place {
        let within = Source::new(&self.place.file, &self.text).place(offset);
        let line = self.place.line + within.line - 1;
        // Only the first line of the policy can begin after column 1.
        let column = if within.line == 1 { self.place.column + within.column - 1 } else { within.column };
        Place { line, column, ..within }
    }

    /// The place of the string `"TEXT"`; the place of the policy if it isn't found (it may contain escapes).
    #[must_use]
    pub fn place_of_string(&self, text: &str) -> Place {
        let quoted = format!("\"{text}\"");
        let found = tokens(&self.text).into_iter().find(|token| token.text == quoted);
        found.map_or_else(|| self.place.clone(), |token| self.place_of(token.span.start))
    }

    /// The place of `KIND::"NAME"`; the place of the policy if it isn't found (the name may contain escapes).
    #[must_use]
    pub fn place_of_entity(&self, kind: &str, name: &str) -> Place {
        let tokens = tokens(&self.text);
        let quoted = format!("\"{name}\"");
        let found = tokens.windows(3).find(|window| {
            let texts = [window[0].text, window[1].text, window[2].text];
            texts == [kind, "::", quoted.as_str()]
        });
        found.map_or_else(|| self.place.clone(), |window| self.place_of(window[0].span.start))
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !["role/", "public/"].iter().any(|ours| text.starts_with(ours))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

/// The string of an `@id("…")` before the policy's effect.
fn annotated_id<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let effect = tokens.iter().position(|token| matches!(token.text, "permit" | "forbid"))?;
    let window = tokens.get(..effect)?.windows(5).find(|window| {
        let [at, name, open, text, close] = window else {
            return false;
        };
        [at.text, name.text, open.text, close.text] == ["@", "id", "(", ")"] && text.text.starts_with('"')
    })?;
    window.get(3)
}

/// A lexeme of Cedar's text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    span: Range<usize>,
}

/// The tokens of each policy, with `;` as the last. Tokens after the last `;` form a policy without `;`.
fn split(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut policies = vec![Vec::new()];
    for token in tokens(text) {
        let ends = token.text == ";";
        if let Some(policy) = policies.last_mut() {
            policy.push(token);
        }
        if ends {
            policies.push(Vec::new());
        }
    }
    policies.retain(|policy| !policy.is_empty());
    policies
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    lexemes(text).map(|(start, text)| Token { text, span: start..start + text.len() }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Vec<PolicyDocument>, Vec<String>) {
        let mut faults = Faults::default();
        let policies = PolicyDocument::read("night", &Source::new("policies/night.cedar", text), &mut faults);
        (policies, faults.into_sorted().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn file_is_split_outside_strings_and_comments() {
        let text = "// a; b\npermit (principal, action, resource) when { principal.team == \"a;\\\"b\" };\n\nforbid(principal,action,resource); // end;\n";
        let (policies, faults) = read(text);
        assert_eq!(faults, Vec::<String>::new());
        let shown: Vec<(&str, u32)> = policies.iter().map(|policy| (policy.id.as_str(), policy.place.line)).collect();
        assert_eq!(shown, [("night/0", 2), ("night/1", 4)]);
        assert!(policies[0].text.starts_with("permit") && policies[0].text.ends_with("};"), "{}", policies[0].text);
    }

    #[test]
    fn comment_ends_at_every_line_break() {
        for end in ["\n", "\r", "\r\n"] {
            let (policies, faults) = read(&format!("// a{end}forbid(principal,action,resource);{end}// b"));
            assert_eq!((policies.len(), faults.len()), (1, 0), "{end:?}");
        }
    }

    #[test]
    fn id_is_read_from_its_annotation_only() {
        let (policies, faults) = read("@reason(\"x\") @id(\"no-night\") forbid (principal, action, resource);");
        assert_eq!((policies[0].id.as_str(), faults.len()), ("no-night", 0));
        let (policies, _) = read("forbid (principal, action, resource) when { context.a == \"@id(\\\"x\\\")\" };");
        assert_eq!(policies[0].id, "night/0", "a string isn't an annotation");
    }

    #[test]
    fn id_with_reserved_prefix_is_refused() {
        for id in ["role/support-reader", "public/support", "", "a b", "a\nb"] {
            let (_, faults) = read(&format!("\n@id(\"{id}\")\nforbid (principal, action, resource);"));
            assert!(
                faults.first().is_some_and(|fault| fault.starts_with("policies/night.cedar:2:5: error: `@id` must")),
                "{id:?}: {faults:?}"
            );
        }
    }

    #[test]
    fn policy_without_semicolon_is_fault() {
        let (policies, faults) = read("permit (principal, action, resource);\nforbid (principal");
        assert_eq!(policies.len(), 1);
        assert_eq!(faults, ["policies/night.cedar:2:1: error: the policy has no `;` at its end"]);
    }

    #[test]
    fn place_in_policy_is_place_in_file() {
        let (policies, _) = read("\n  forbid (principal, action,\n  resource == Tool :: \"delete\");");
        let place = policies[0].place_of_entity("Tool", "delete");
        assert_eq!((place.line, place.column), (3, 15));
        let place = policies[0].place_of(7);
        assert_eq!((place.line, place.column), (2, 10), "an offset in the first line");
        let place = policies[0].place_of_entity("Tool", "other");
        assert_eq!((place.line, place.column), (2, 3), "a name that isn't there");
    }

    proptest! {
        #[test]
        fn every_character_outside_space_and_comments_is_in_one_token(text in "[a-z\"\\\\;/ \n@(é]{0,64}") {
            let tokens = tokens(&text);
            let mut end = 0;
            for token in &tokens {
                prop_assert!(token.span.start >= end && !token.text.is_empty(), "tokens come in order");
                prop_assert_eq!(&text[token.span.clone()], token.text);
                end = token.span.end;
            }
        }
    }
}
