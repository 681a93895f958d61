//! `[sign_in]` and the rest of the folder: its issuer, and the clients that can use it.

use oauth::web_url::WebUrl;

use crate::document::Documents;
use crate::fault::{Faults, did_you_mean};

/// Reports an issuer that isn't declared or can't be discovered, and clients that need a sign-in where there is none.
pub(super) fn check(documents: &Documents, faults: &mut Faults) {
    let gateway = &documents.gateway;
    let Some(sign_in) = &gateway.sign_in else {
        let vaults = documents.origins.values().filter(|origin| origin.credential.vault().is_some());
        for origin in vaults.filter(|_| gateway.is_sign_in_absent) {
            let message = format!(
                "the users of origin `{}` give their grants in a browser, and there is no `[sign_in]`",
                origin.name.value
            );
            let help = "add `[sign_in]`: a person has to prove who they are before a grant is kept for them".to_owned();
            faults.error(&origin.name.place, message, help);
        }
        let needing = gateway.clients.iter().filter(|client| client.is_public || !client.redirect_uris.is_empty());
        for client in needing.filter(|_| gateway.is_sign_in_absent) {
            let message = format!("the client `{}` signs people in, and there is no `[sign_in]`", client.id.value);
            faults.warning(
                &client.id.place,
                message,
                "add `[sign_in]`, or remove `public` and `redirect_uris`".to_owned(),
            );
        }
        return;
    };
    let Some(issuer) = gateway.issuers.iter().find(|issuer| issuer.name.value == sign_in.issuer.value) else {
        if gateway.complete.issuers {
            let help =
                did_you_mean(&sign_in.issuer.value, gateway.issuers.iter().map(|issuer| issuer.name.value.as_str()));
            faults.error(&sign_in.issuer.place, format!("there is no issuer `{}`", sign_in.issuer.value), help);
        }
        return;
    };
    if sign_in.token_endpoint.is_none() && WebUrl::parse(&issuer.issuer.value).is_none() {
        let message = format!("the endpoints of `{}` can't be discovered", issuer.issuer.value);
        let help = "write `authorization_endpoint` and `token_endpoint` in `[sign_in]`".to_owned();
        faults.error(&sign_in.issuer.place, message, help);
    }
}
