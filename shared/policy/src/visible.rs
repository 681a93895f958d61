//! Visible attributes: those that the policies of a tool can read. A request omits all others.
//!
//! Making a value costs more than evaluating most rules, and most rules read few attributes. An attribute counts as
//! read if any expression accesses one of its name. If `context` as a whole is compared or passed on, all attributes
//! count.

use crate::expression::{Expression, Variable};

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
    /// Every attribute.
    pub const ALL: Self = Self {
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

    /// Adds the attributes that `expression` may read.
    pub fn add(&mut self, expression: &Expression) {
        let accessed = match expression {
            Expression::Get(of, name) => {
                self.name(name);
                of
            }
            Expression::Has(of, path) => {
                path.iter().for_each(|name| self.name(name));
                of
            }
            Expression::Variable(Variable::Context) => {
                *self = Self::ALL;
                return;
            }
            other => return other.parts(&mut |part| self.add(part)),
        };
        if !matches!(**accessed, Expression::Variable(_)) {
            self.add(accessed);
        }
    }

    /// Adds every attribute of this name.
    fn name(&mut self, name: &str) {
        let attributes = [
            ("now", &mut self.now),
            ("address", &mut self.address),
            ("country", &mut self.country),
            ("authentication", &mut self.authentication),
            ("issuer", &mut self.issuer),
            ("subject", &mut self.subject),
            ("team", &mut self.team),
            ("project", &mut self.project),
            ("tenant", &mut self.tenant),
            ("arguments", &mut self.arguments),
        ];
        for (_, visible) in attributes.into_iter().filter(|(of, _)| *of == name) {
            *visible = true;
        }
    }

    /// The attributes that at least one of two policies may read.
    pub const fn or(self, other: Self) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Box<Expression> {
        Box::new(Expression::Variable(Variable::Context))
    }

    fn visible(expression: &Expression) -> Visible {
        let mut visible = Visible::default();
        visible.add(expression);
        visible
    }

    #[test]
    fn visible_attributes_are_those_accessed() {
        let now = Expression::Get(context(), "now".into());
        let tenant = Expression::Has(Box::new(Expression::Variable(Variable::Principal)), vec!["tenant".into()]);
        assert_eq!(
            visible(&Expression::And(vec![now, tenant])),
            Visible { now: true, tenant: true, ..Visible::default() }
        );
        let path = Expression::Has(context(), vec!["authentication".into(), "acr".into()]);
        assert_eq!(visible(&path), Visible { authentication: true, ..Visible::default() });
        let nested = Expression::Get(Box::new(Expression::Get(context(), "arguments".into())), "team".into());
        assert_eq!(visible(&nested), Visible { arguments: true, team: true, ..Visible::default() });
    }

    #[test]
    fn all_attributes_are_visible_if_context_is_passed_on() {
        let chosen = Expression::If(Box::new([*context(), *context(), *context()]));
        for expression in [
            *context(),
            Expression::Set(vec![*context()]),
            Expression::Get(Box::new(chosen), "now".into()),
            Expression::Record(vec![("a".into(), *context())]),
        ] {
            assert_eq!(visible(&expression), Visible::ALL, "{expression:?}");
        }
    }
}
