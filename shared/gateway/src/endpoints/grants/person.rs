//! The person who is signed in, as events name them and the quarantine may freeze them.

use http::StatusCode;
use ports::Host;

use crate::endpoints::issue::Person;
use crate::endpoints::sign_in::caller;
use crate::endpoints::sign_in::failure::SignInFailure;
use crate::endpoints::sign_in::site::Site;
use crate::gateway::Gateway;
use crate::line::audit::Record;

/// Notes the person, and refuses a frozen one.
pub(super) async fn check<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    person: Person,
    since: u64,
    record: &mut Record,
) -> Result<String, SignInFailure> {
    // There is no client; the gateway itself acts.
    let client = (site.url(), (site.url().to_owned(), Vec::new()));
    caller::check(gateway, site, (person, since), client, record).await.map(|principal| principal.key())
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
