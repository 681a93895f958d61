//! The entitlement: everything about a caller that a list decision may see, as one digest; and decisions kept by it.
//!
//! Two callers with one digest are the same to policy, but for the time. So what is kept under a digest lives for
//! [`KEPT_FOR`] at most: a rule about the hour takes effect that late for lists, and at once for calls.

use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use policy::{Circumstances, Kind};
use sha2::{Digest, Sha256};

use crate::digest;
use crate::parse::Message;
use crate::ports::Timestamp;
use crate::principal::Principal;

/// How long a list decision counts.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How many indexes all kept decisions of one virtual server name: a quarter of a megabyte.
const CAPACITY: usize = 64 * 1024;

/// The digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Entitlement([u8; 32]);

impl Entitlement {
    /// Of whoever sent this.
    pub(crate) fn of_message(message: &Message) -> Self {
        let inbound = message.authenticated().inbound();
        // The time is not part of it.
        let circumstances = Circumstances { now_seconds: 0, address: inbound.address(), country: inbound.country() };
        Self::of(message.principal(), &circumstances)
    }

    /// Of this caller, called from there.
    pub(crate) fn of(principal: &Principal, circumstances: &Circumstances<'_>) -> Self {
        let claims = principal.claims();
        let mut digest = Sha256::new();
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

/// When it was decided, and what of the kind is visible.
type Decided = (Timestamp, Rc<[u32]>);

/// What of one virtual server, under one epoch, callers may see: indexes in the registry's order.
#[derive(Default)]
pub(crate) struct ListDecisions {
    kept: HashMap<(Entitlement, Kind), Decided>,
    indexes: usize,
}

impl ListDecisions {
    /// What was decided for this entitlement a short while ago.
    pub(crate) fn find(&self, entitlement: Entitlement, kind: Kind, now: Timestamp) -> Option<Rc<[u32]>> {
        let (decided, visible) = self.kept.get(&(entitlement, kind))?;
        (now.since(*decided) < KEPT_FOR).then(|| visible.clone())
    }

    /// Keeps a decision.
    pub(crate) fn keep(&mut self, entitlement: Entitlement, kind: Kind, visible: Rc<[u32]>, now: Timestamp) {
        // An empty decision takes room too.
        let room = |visible: &Rc<[u32]>| visible.len() + 32;
        if self.indexes + room(&visible) > CAPACITY {
            self.kept.retain(|_, (decided, _)| now.since(*decided) < KEPT_FOR);
            self.indexes = self.kept.values().map(|(_, visible)| room(visible)).sum();
        }
        if self.indexes + room(&visible) > CAPACITY {
            self.kept.clear();
            self.indexes = 0;
        }
        self.indexes += room(&visible);
        if let Some((_, replaced)) = self.kept.insert((entitlement, kind), (now, visible)) {
            self.indexes -= room(&replaced);
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth::access_token::Claims;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn claims() -> Claims {
        Claims {
            issuer: "https://mcp.example.com".to_owned(),
            subject: "alice".to_owned(),
            audience: "https://mcp.example.com/mcp".to_owned(),
            client_id: "claude-code".to_owned(),
            issued_at: 1,
            expires_at: 2,
            jti: "1".to_owned(),
            scope: vec!["tools:list".to_owned()],
            groups: vec!["support".to_owned()],
            team: None,
            project: None,
            tenant: None,
            identity_provider: "https://idp.example.com".to_owned(),
            acr: None,
            amr: Vec::new(),
            auth_time: None,
        }
    }

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
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other != one), "case {index} should differ from those before");
        }
        let renewed = Claims { jti: "2".to_owned(), issued_at: 5, expires_at: 9, ..claims() };
        assert!(of(renewed, None, None) == all[0], "a new token of the same caller should change nothing");
    }

    #[test]
    fn decisions_end_after_half_a_minute() {
        let mut decisions = ListDecisions::default();
        let alice = of(claims(), None, None);
        decisions.keep(alice, Kind::Tool, Rc::from([0, 2]), NOW);
        let found = |seconds| decisions.find(alice, Kind::Tool, NOW.after(Duration::from_secs(seconds)));
        assert_eq!(found(29).as_deref(), Some(&[0, 2][..]));
        assert_eq!(found(30), None, "a rule may depend on the time");
        assert_eq!(decisions.find(alice, Kind::Prompt, NOW), None, "prompts should be decided by themselves");
    }

    #[test]
    fn decisions_are_bounded() {
        let mut decisions = ListDecisions::default();
        let visible: Rc<[u32]> = (0..500).collect();
        for number in 0..1000 {
            let entitlement = of(Claims { subject: format!("user-{number}"), ..claims() }, None, None);
            decisions.keep(entitlement, Kind::Tool, visible.clone(), NOW);
            decisions.keep(entitlement, Kind::Tool, visible.clone(), NOW);
            assert!(decisions.kept.len() * visible.len() <= CAPACITY, "there should be a bound");
            assert!(decisions.find(entitlement, Kind::Tool, NOW).is_some(), "the newest should be kept");
        }
    }
}
