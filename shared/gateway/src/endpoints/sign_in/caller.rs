//! The person behind a page or a sign-in, as events name them and the quarantine may freeze them.

use std::rc::Rc;

use http::StatusCode;
use ports::Host;

use super::failure::SignInFailure;
use super::site::Site;
use crate::endpoints::issue::{self, Person, Unissued};
use crate::gateway::Gateway;
use crate::line::audit::Record;
use crate::principal::Principal;

/// Notes and returns a person who has signed in at this time, Unix seconds, for a client and its target; refuses a
/// frozen person or client, and a sign-in that was ended.
pub(in crate::endpoints) async fn check<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    (person, since): (Person, u64),
    (client_id, target): (&str, (String, Vec<String>)),
    record: &mut Record,
) -> Result<Rc<Principal>, SignInFailure> {
    let claims = issue::claims(gateway, site.live, person, client_id, target, since, None).await?;
    let principal = Rc::new(Principal::new(claims));
    record.caller(principal.clone());
    match issue::check_quarantine(gateway, &principal).await {
        Ok(()) => Ok(principal),
        Err(Unissued::Other(failure)) => Err(failure.into()),
        Err(Unissued::Token(error)) => {
            let help = "Ask your security team.";
            Err(SignInFailure::page(StatusCode::FORBIDDEN, error.reason(), "this account is quarantined.", help))
        }
    }
}
