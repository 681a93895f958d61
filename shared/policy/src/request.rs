//! Request: the principal, the action, and the circumstances of a decision.

pub mod arguments;

use std::net::IpAddr;

use cedar_policy::{Context, RestrictedExpression};

pub use arguments::{Arguments, ArgumentsError, Unfit};

use crate::entities::{TypeNames, string, strings, uid};
use crate::visible::Visible;

/// The verified caller, from the claims of the access token.
#[derive(Clone, Copy, Debug)]
pub struct Principal<'a> {
    /// Issuer of the identity assertion (`iss`).
    pub issuer: &'a str,
    /// The user at that issuer (`sub`).
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

impl<'a> Principal<'a> {
    /// A user and an agent without other claims.
    #[must_use]
    pub fn of(issuer: &'a str, subject: &'a str, agent: &'a str) -> Self {
        Self {
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
    names: &TypeNames,
    visible: Visible,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<RestrictedExpression>,
) -> Option<Context> {
    let mut attributes = Vec::with_capacity(6);
    if visible.now {
        attributes.push(("now".to_owned(), datetime(circumstances.now_seconds)?));
    }
    if let Some(address) = circumstances.address.filter(|_| visible.address) {
        attributes.push(("address".to_owned(), ip(address)));
    }
    if let Some(country) = circumstances.country.filter(|_| visible.country) {
        attributes.push(("country".to_owned(), string(country)));
    }
    attributes.push(("agent".to_owned(), RestrictedExpression::new_entity_uid(uid(&names.agent, principal.agent))));
    if visible.authentication {
        attributes.push(("authentication".to_owned(), authentication(principal)?));
    }
    if let Some(arguments) = arguments {
        attributes.push(("arguments".to_owned(), arguments));
    }
    Context::from_pairs(attributes).ok()
}

fn authentication(principal: &Principal<'_>) -> Option<RestrictedExpression> {
    let mut attributes = Vec::with_capacity(3);
    if let Some(acr) = principal.acr {
        attributes.push(("acr".to_owned(), string(acr)));
    }
    attributes.push(("amr".to_owned(), strings(principal.amr)));
    if let Some(auth_time) = principal.auth_time {
        attributes.push(("auth_time".to_owned(), datetime(auth_time)?));
    }
    RestrictedExpression::new_record(attributes).ok()
}

/// The text of an IP address for Cedar's `ip`. An IPv4-mapped IPv6 address becomes the IPv4 address, so that a rule
/// about `10.0.0.0/8` applies to it.
fn ip(address: IpAddr) -> RestrictedExpression {
    RestrictedExpression::new_ip(address.to_canonical().to_string())
}

/// An instant as text for Cedar's `datetime` (`2026-11-20T10:42:07Z`); `None` after the year 9999.
fn datetime(seconds: u64) -> Option<RestrictedExpression> {
    if seconds > LAST_SECOND {
        return None;
    }
    let (days, second) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    // Civil date from a day count: years are counted from 1 March 0000, so that the leap day ends a year; 719,468 days
    // lie before 1970.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March have 153 days in every five.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Some(RestrictedExpression::new_datetime(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    )))
}

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(seconds: u64) -> String {
        datetime(seconds).unwrap().as_ref().to_string()
    }

    #[test]
    fn datetime_says_known_instants() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_171_327, "2026-11-20T10:42:07Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LAST_SECOND, "9999-12-31T23:59:59Z"),
        ] {
            assert!(text(seconds).contains(expected), "{seconds} should be {expected}, is {}", text(seconds));
        }
    }

    #[test]
    fn datetime_refuses_year_of_five_digits() {
        assert!(datetime(LAST_SECOND + 1).is_none(), "the year 10000 should not be sayable");
        assert!(datetime(u64::MAX).is_none(), "the end of time should not be sayable");
    }

    #[test]
    fn ip_of_mapped_address_is_ipv4_address() {
        let written = ip("::ffff:10.1.2.3".parse().unwrap()).as_ref().to_string();
        assert!(written.contains("\"10.1.2.3\""), "should be the IPv4 address: {written}");
    }

    fn context_of(address: IpAddr, now_seconds: u64) -> Option<Context> {
        let principal = Principal::of("https://idp.example.com", "alice", "claude-code");
        let circumstances = Circumstances { now_seconds, address: Some(address), country: None };
        let visible = Visible { now: true, address: true, ..Visible::default() };
        context(crate::entities::type_names().unwrap(), visible, &principal, &circumstances, None)
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
