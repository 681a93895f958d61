//! Request: the principal, the action, and the circumstances of a decision.

pub mod arguments;

use std::net::IpAddr;

pub use arguments::{Arguments, ArgumentsError, Unfit};

use crate::extension::IpRange;
use crate::type_names::AGENT;
use crate::value::{EntityUid, Record, Value};
use crate::visible::Visible;

/// The verified caller, from the claims of the access token.
#[derive(Clone, Copy, Debug)]
pub struct Principal<'a> {
    /// A user, or a service.
    pub kind: PrincipalKind,
    /// Issuer of the identity assertion (`iss`); of a service, the gateway itself.
    pub issuer: &'a str,
    /// The user at that issuer (`sub`); of a service, its client id.
    pub subject: &'a str,
    /// OAuth client id of the agent.
    pub agent: &'a str,
    /// Groups from the issuer's groups claim.
    pub groups: &'a [String],
    /// The team that pays.
    pub team: Option<&'a str>,
    /// The project that the team's costs are charged to.
    pub project: Option<&'a str>,
    /// The user's tenant at the issuer.
    pub tenant: Option<&'a str>,
    /// Authentication context class (`acr`, OpenID Connect Core §2).
    pub acr: Option<&'a str>,
    /// Authentication methods (`amr`, RFC 8176).
    pub amr: &'a [String],
    /// Instant of authentication (`auth_time`), Unix seconds.
    pub auth_time: Option<u64>,
}

/// The entity type of a principal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `User`: a person, through an agent.
    #[default]
    User,
    /// `Service`: a client that acts for itself.
    Service,
}

impl<'a> Principal<'a> {
    /// A user and an agent without other claims.
    #[must_use]
    pub fn of(issuer: &'a str, subject: &'a str, agent: &'a str) -> Self {
        Self {
            kind: PrincipalKind::User,
            issuer,
            subject,
            agent,
            groups: &[],
            team: None,
            project: None,
            tenant: None,
            acr: None,
            amr: &[],
            auth_time: None,
        }
    }
}

/// The time and the facts about the connection, from the host.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Current time, Unix seconds.
    pub now_seconds: u64,
    /// The client's IP address; `None` if the host doesn't know it.
    pub address: Option<IpAddr>,
    /// The client's country (ISO 3166-1 alpha-2, upper case); `None` if the host doesn't know it.
    pub country: Option<&'a str>,
}

/// The requested action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Listing in `tools/list`, `resources/list` or `prompts/list`: `Action::"list"`.
    List,
    /// Use: `Action::"call"` of a tool, `Action::"read"` of a resource, `Action::"get"` of a prompt.
    Call,
}

/// The context of a request: the circumstances and, for a call, `arguments` of their declared types.
///
/// Attributes that no policy can read are omitted. `None` if a time is after the year 9999, which Cedar's `datetime`
/// can't express.
pub(crate) fn context(
    visible: Visible,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<Record>,
) -> Option<Record> {
    let now = if visible.now { Some(datetime(circumstances.now_seconds)?) } else { None };
    let authentication = if visible.authentication { Some(authentication(principal)?) } else { None };
    let attributes = [
        ("now", now),
        ("address", circumstances.address.filter(|_| visible.address).map(ip)),
        ("country", circumstances.country.filter(|_| visible.country).map(Value::string)),
        ("agent", Some(Value::Entity(EntityUid::new(AGENT, principal.agent)))),
        ("authentication", authentication),
        ("arguments", arguments.map(Value::Record)),
    ];
    Some(Record::of(attributes))
}

fn authentication(principal: &Principal<'_>) -> Option<Value> {
    let auth_time = match principal.auth_time {
        Some(seconds) => Some(datetime(seconds)?),
        None => None,
    };
    let amr = Some(Value::strings(principal.amr));
    let attributes = [("acr", principal.acr.map(Value::string)), ("amr", amr), ("auth_time", auth_time)];
    Some(Value::Record(Record::of(attributes)))
}

/// An IP address. An IPv4-mapped IPv6 address becomes the IPv4 address, so that a rule about `10.0.0.0/8` applies to
/// it.
fn ip(address: IpAddr) -> Value {
    Value::Ip(IpRange::of(address.to_canonical()))
}

/// An instant; `None` after the year 9999.
fn datetime(seconds: u64) -> Option<Value> {
    let milliseconds = i64::try_from(seconds).ok().filter(|_| seconds <= LAST_SECOND)?.checked_mul(1_000)?;
    Some(Value::Datetime(milliseconds))
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::extension::parse_datetime;

    #[test]
    fn datetime_is_known_instant() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_171_327, "2026-11-20T10:42:07Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LAST_SECOND, "9999-12-31T23:59:59Z"),
        ] {
            let expected_value = parse_datetime(expected).map(Value::Datetime);
            assert!(expected_value.is_some(), "{expected} should be an instant");
            assert_eq!(datetime(seconds), expected_value, "{seconds} should be {expected}");
        }
    }

    #[test]
    fn datetime_refuses_year_of_five_digits() {
        assert!(datetime(LAST_SECOND + 1).is_none(), "the year 10000 should not be sayable");
        assert!(datetime(u64::MAX).is_none(), "the end of time should not be sayable");
    }

    #[test]
    fn ip_of_mapped_address_is_ipv4_address() {
        let written = ip("::ffff:10.1.2.3".parse().unwrap()).to_string();
        assert!(written.contains("\"10.1.2.3\""), "should be the IPv4 address: {written}");
    }

    fn context_of(address: IpAddr, now_seconds: u64) -> Option<Record> {
        let principal = Principal::of("https://idp.example.com", "alice", "claude-code");
        let circumstances = Circumstances { now_seconds, address: Some(address), country: None };
        let visible = Visible { now: true, address: true, ..Visible::default() };
        context(visible, &principal, &circumstances, None)
    }

    proptest! {
        #[test]
        fn context_can_say_every_address_and_instant(
            address in any::<IpAddr>(), low in any::<u16>(), seconds in 0..=LAST_SECOND,
        ) {
            prop_assert!(context_of(address, seconds).is_some(), "{address} at {seconds} should have a context");
            let compatible = IpAddr::from([0, 0, 0, 0, 0, 0, low, low]);
            prop_assert!(context_of(compatible, seconds).is_some(), "{compatible} should have a context");
        }
    }
}
