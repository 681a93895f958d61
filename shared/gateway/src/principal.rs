//! The principal: the verified user, acting through an agent, with groups and team.

mod caller_key;
mod entitlement;
#[cfg(test)]
pub(crate) mod testing;

use oauth::access_token::Claims;

pub(crate) use caller_key::CallerKey;
pub(crate) use entitlement::Entitlement;

/// `ISSUER|SUBJECT`, as the quarantine names users. Unambiguous: the registry takes no issuer with a `|`, each issuer
/// is there once, and its entry trusts one tenant.
pub(crate) fn user_key(issuer: &str, subject: &str) -> String {
    format!("{issuer}|{subject}")
}

/// The verified user, acting through an agent, or a client that acts for itself, with groups and team: the claims of
/// the access token and nothing else. The claims of an anonymous caller are the registry's.
#[derive(Debug, Clone, PartialEq)]
pub struct Principal {
    claims: Claims,
    kind: Kind,
}

/// The kind of a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    Service,
    Anonymous,
}

impl Principal {
    /// The user of verified `claims`.
    pub(crate) const fn new(claims: Claims) -> Self {
        Self { claims, kind: Kind::User }
    }

    /// The principal of an access token of Weir's own. It is a service if `idp` is the gateway itself: the registry
    /// refuses an identity provider with the gateway's URL.
    pub(crate) fn own(claims: Claims) -> Self {
        let kind = if claims.identity_provider == claims.issuer { Kind::Service } else { Kind::User };
        Self { claims, kind }
    }

    /// The anonymous user, with the gateway's own `claims`.
    pub(crate) const fn anonymous(claims: Claims) -> Self {
        Self { claims, kind: Kind::Anonymous }
    }

    /// True for the anonymous user of a public virtual server.
    pub const fn is_anonymous(&self) -> bool {
        matches!(self.kind, Kind::Anonymous)
    }

    /// True for a client that acts for itself, and for no user.
    pub const fn is_service(&self) -> bool {
        matches!(self.kind, Kind::Service)
    }

    /// The claims of the access token.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// `ISSUER|SUBJECT`, as the quarantine names users.
    pub fn key(&self) -> String {
        user_key(&self.claims.identity_provider, &self.claims.subject)
    }

    /// True if the token's scope covers `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.claims.scope.iter().any(|granted| granted == scope)
    }

    /// The principal as policy sees it.
    pub(crate) fn for_policy(&self) -> policy::Principal<'_> {
        let claims = &self.claims;
        policy::Principal {
            kind: if self.is_service() { policy::PrincipalKind::Service } else { policy::PrincipalKind::User },
            issuer: &claims.identity_provider,
            subject: &claims.subject,
            agent: &claims.client_id,
            groups: &claims.groups,
            team: claims.team.as_deref(),
            project: claims.project.as_deref(),
            tenant: claims.tenant.as_deref(),
            acr: claims.acr.as_deref(),
            amr: &claims.amr,
            auth_time: claims.auth_time,
        }
    }
}
