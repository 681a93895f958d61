//! The principal: the verified user, acting through an agent, with groups and team.

use oauth::access_token::Claims;

/// The verified user, acting through an agent, with groups and team: what the access token says, and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Principal {
    claims: Claims,
}

impl Principal {
    /// The principal that verified `claims` speak of.
    pub(crate) const fn new(claims: Claims) -> Self {
        Self { claims }
    }

    /// What the token says.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// `ISSUER|SUBJECT`, as the quarantine names users.
    pub fn key(&self) -> String {
        format!("{}|{}", self.claims.identity_provider, self.claims.subject)
    }

    /// Whether the token's scope covers `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.claims.scope.iter().any(|granted| granted == scope)
    }

    /// As policy sees it.
    pub(crate) fn for_policy(&self) -> policy::Principal<'_> {
        let claims = &self.claims;
        policy::Principal {
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
