//! The entitlement: all facts about a caller that a list decision may use, as one digest.

use std::net::IpAddr;

use policy::Circumstances;
use sha2::{Digest, Sha256};

use super::Principal;
use crate::digest;

/// SHA-256 over the claims, address and country that policy may see. Two callers with one entitlement differ for policy
/// by the time alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Entitlement([u8; 32]);

impl Entitlement {
    /// The entitlement of `principal` in these circumstances.
    pub(crate) fn of(principal: &Principal, circumstances: &Circumstances<'_>) -> Self {
        let claims = principal.claims();
        let mut digest = Sha256::new();
        digest.update([u8::from(principal.is_service())]);
        digest::add(&mut digest, &claims.identity_provider);
        digest::add(&mut digest, &claims.subject);
        digest::add(&mut digest, &claims.client_id);
        for texts in [&claims.groups, &claims.scope, &claims.amr] {
            digest.update((texts.len() as u64).to_be_bytes());
            texts.iter().for_each(|one| digest::add(&mut digest, one));
        }
        let country = circumstances.country.map(str::to_owned);
        for optional in [&claims.team, &claims.project, &claims.tenant, &claims.acr, &country] {
            digest.update([u8::from(optional.is_some())]);
            digest::add(&mut digest, optional.as_deref().unwrap_or_default());
        }
        digest.update([u8::from(claims.auth_time.is_some())]);
        digest.update(claims.auth_time.unwrap_or_default().to_be_bytes());
        match circumstances.address {
            None => digest.update([0]),
            Some(IpAddr::V4(address)) => digest.update([&[4], &address.octets()[..]].concat()),
            Some(IpAddr::V6(address)) => digest.update([&[6], &address.octets()[..]].concat()),
        }
        Self(digest.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use oauth::access_token::Claims;

    use super::*;
    use crate::principal::testing::claims;

    fn of(claims: Claims, address: Option<&str>, country: Option<&str>) -> Entitlement {
        let address = address.map(|address| address.parse().unwrap());
        let circumstances = Circumstances { now_seconds: 1, address, country };
        Entitlement::of(&Principal::new(claims), &circumstances)
    }

    #[test]
    fn entitlement_differs_with_everything_that_policy_may_see() {
        let some = || Some("x".to_owned());
        let all = [
            of(claims(), None, None),
            of(claims(), Some("192.0.2.1"), None),
            of(claims(), Some("2001:db8::1"), None),
            of(claims(), None, Some("CH")),
            of(Claims { subject: "bob".to_owned(), ..claims() }, None, None),
            of(Claims { client_id: "other".to_owned(), ..claims() }, None, None),
            of(Claims { identity_provider: "https://other.example.com".to_owned(), ..claims() }, None, None),
            of(Claims { groups: Vec::new(), ..claims() }, None, None),
            of(Claims { groups: vec!["supp".to_owned(), "ort".to_owned()], ..claims() }, None, None),
            of(Claims { scope: Vec::new(), ..claims() }, None, None),
            of(Claims { amr: vec!["otp".to_owned()], ..claims() }, None, None),
            of(Claims { team: some(), ..claims() }, None, None),
            of(Claims { project: some(), ..claims() }, None, None),
            of(Claims { tenant: some(), ..claims() }, None, None),
            of(Claims { acr: some(), ..claims() }, None, None),
            of(Claims { auth_time: Some(0), ..claims() }, None, None),
        ];
        let itself = Claims { issuer: claims().identity_provider, ..claims() };
        assert!(
            Entitlement::of(
                &Principal::own(itself.clone()),
                &Circumstances { now_seconds: 1, address: None, country: None }
            ) != of(itself, None, None),
            "a service is no user"
        );
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other != one), "case {index} should differ from those before");
        }
        let renewed = Claims { jti: "2".to_owned(), issued_at: 5, expires_at: 9, ..claims() };
        assert!(of(renewed, None, None) == all[0], "a new token of the same caller should change nothing");
    }
}
