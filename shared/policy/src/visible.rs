//! What the policies of a tool can look at, so that a request leaves out what none of them mentions.
//!
//! Making a `datetime` or an `ipaddr` costs more than evaluating several policies, and most policies look at neither. The test is over-cautious and
//! works on the text: an attribute can only be accessed where its name stands in the text, or where an escape (`\u{…}`) could spell it. Where
//! `context` as a whole is compared or passed on, leaving something out could be noticed, so nothing is left out.

/// The attributes of the context and of the user that may be accessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Visible {
    pub now: bool,
    pub address: bool,
    pub country: bool,
    pub authentication: bool,
    pub issuer: bool,
    pub subject: bool,
    pub team: bool,
    pub project: bool,
    pub tenant: bool,
}

impl Visible {
    /// What the policy of this text can look at.
    pub fn of(text: &str) -> Self {
        let all = text.contains('\\') || passes_context(text);
        let sees = |name| all || text.contains(name);
        Self {
            now: sees("now"),
            address: sees("address"),
            country: sees("country"),
            authentication: sees("authentication"),
            issuer: sees("issuer"),
            subject: sees("subject"),
            team: sees("team"),
            project: sees("project"),
            tenant: sees("tenant"),
        }
    }

    /// What one of two policies can look at.
    pub fn or(self, other: Self) -> Self {
        Self {
            now: self.now || other.now,
            address: self.address || other.address,
            country: self.country || other.country,
            authentication: self.authentication || other.authentication,
            issuer: self.issuer || other.issuer,
            subject: self.subject || other.subject,
            team: self.team || other.team,
            project: self.project || other.project,
            tenant: self.tenant || other.tenant,
        }
    }
}

/// Whether `context` stands anywhere but before an access to one of its attributes. A comment in between counts as if it did.
fn passes_context(text: &str) -> bool {
    text.match_indices("context").any(|(start, word)| {
        let after = text[start + word.len()..].trim_start();
        !(after.starts_with('.') || after.starts_with('[') || after.starts_with("has"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Visible = Visible {
        now: true,
        address: true,
        country: true,
        authentication: true,
        issuer: true,
        subject: true,
        team: true,
        project: true,
        tenant: true,
    };

    #[test]
    fn visible_is_what_the_text_names() {
        let text = r#"permit(principal in Team::"x", action, resource) when { context.now > datetime("2026-01-01") && principal has tenant };"#;
        assert_eq!(Visible::of(text), Visible { now: true, tenant: true, ..Visible::default() });
        let indexed = r#"permit(principal, action, resource) when { context["country"] == "CH" };"#;
        assert_eq!(Visible::of(indexed), Visible { country: true, ..Visible::default() });
    }

    #[test]
    fn visible_is_everything_where_the_text_could_hide_a_name() {
        for condition in [
            r#"context["n\u{6f}w"] == 1"#,
            "[context].isEmpty()",
            "context == {}",
            "context // comment\n.agent == principal",
            "f(context)",
        ] {
            let text = format!("permit(principal, action, resource) when {{ {condition} }};");
            assert_eq!(Visible::of(&text), ALL, "`{condition}` should see everything");
        }
    }
}
