//! The person who is signed in, as events name them and the quarantine may freeze them.

use std::rc::Rc;

use http::StatusCode;
use ports::Host;

use crate::endpoints::issue::{self, Person, Unissued};
use crate::endpoints::sign_in::failure::SignInFailure;
use crate::endpoints::sign_in::site::Site;
use crate::gateway::Gateway;
use crate::line::audit::Record;
use crate::principal::Principal;

/// Notes the person, and refuses a frozen one.
pub(super) async fn check<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    person: Person,
    since: u64,
    record: &mut Record,
) -> Result<String, SignInFailure> {
    // There is no client; the gateway itself acts.
    let (agent, target) = (site.url(), (site.url().to_owned(), Vec::new()));
    let claims = issue::claims(gateway, site.live, person, agent, target, since, None).await?;
    let principal = Rc::new(Principal::new(claims));
    record.caller(principal.clone());
    match issue::check_quarantine(gateway, &principal).await {
        Ok(()) => Ok(principal.key()),
        Err(Unissued::Other(failure)) => Err(failure.into()),
        Err(Unissued::Token(error)) => {
            let help = "Ask your security team.";
            Err(SignInFailure::page(StatusCode::FORBIDDEN, error.reason(), "this account is quarantined.", help))
        }
    }
}

/// Notes a user who has signed in at `since`, and refuses one who is frozen or whose sign-in was ended.
pub(super) async fn check_user<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    user: &str,
    since: u64,
    record: &mut Record,
) -> Result<(), SignInFailure> {
    let happened = "this sign-in is of an identity provider that is not trusted any more.";
    let unknown = || SignInFailure::page(StatusCode::FORBIDDEN, "sign_in_issuer_changed", happened, "Sign in again.");
    let subject = user.strip_prefix(&site.issuer.issuer).and_then(|rest| rest.strip_prefix('|')).ok_or_else(unknown)?;
    let person = Person {
        issuer: site.issuer.issuer.clone(),
        subject: subject.to_owned(),
        groups: Vec::new(),
        team: None,
        project: None,
        tenant: site.issuer.tenant.clone(),
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        audience_subject: None,
    };
    check(gateway, site, person, since, record).await.map(drop)
}
