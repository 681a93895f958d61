//! Visible attributes: those that the policies of a tool can read. A request omits all others.
//!
//! Making a `datetime` or an `ipaddr` costs more than evaluating several policies, and most policies read neither. The
//! test works on the text and errs on the safe side: an attribute counts as read if its name is in the text, or if an
//! escape (`\u{…}`) could spell it. If `context` as a whole is compared or passed on, all attributes count.

/// The attributes of the context and of the user; true if a policy may read it.
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
    pub arguments: bool,
}

impl Visible {
    /// The attributes that the policy with this text may read.
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
            arguments: sees("arguments"),
        }
    }

    /// The attributes that at least one of two policies may read.
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
            arguments: self.arguments || other.arguments,
        }
    }
}

/// True if `context` is used other than to access one of its attributes. A comment before the access counts as such a
/// use.
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
        arguments: true,
    };

    #[test]
    fn visible_attributes_are_those_named_in_text() {
        let text = r#"permit(principal in Team::"x", action, resource) when { context.now > datetime("2026-01-01") && principal has tenant };"#;
        assert_eq!(Visible::of(text), Visible { now: true, tenant: true, ..Visible::default() });
        let indexed = r#"permit(principal, action, resource) when { context["country"] == "CH" };"#;
        assert_eq!(Visible::of(indexed), Visible { country: true, ..Visible::default() });
    }

    #[test]
    fn all_attributes_are_visible_if_text_could_hide_name() {
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
