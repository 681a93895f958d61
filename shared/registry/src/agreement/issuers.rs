//! `[[issuers]]` and the rest of the folder: settings that admit nobody, or more people than the owner's.

use url::Url;

use crate::document::Documents;
use crate::document::trust::IssuerDocument;
use crate::fault::Faults;

/// Reports issuers that let nobody in, and those that identity providers share among all their customers.
pub(super) fn check(documents: &Documents, faults: &mut Faults) {
    let gateway = &documents.gateway;
    for issuer in &gateway.issuers {
        let signs_in = gateway.sign_in.as_ref().is_some_and(|sign_in| sign_in.issuer.value == issuer.name.value);
        if issuer.modes.is_empty() && !signs_in && (gateway.sign_in.is_some() || gateway.is_sign_in_absent) {
            let message = format!("nobody comes in by the issuer `{}`: its `modes` are none", issuer.name.value);
            let help = "name it in `[sign_in]`, or write `id_jag` or `access_token` in `modes`".to_owned();
            faults.warning(&issuer.name.place, message, help);
        }
        check_tenant(issuer, faults);
    }
}

/// Warns of a multi-tenant issuer of Microsoft Entra ID, which no token names.
fn check_tenant(issuer: &IssuerDocument, faults: &mut Faults) {
    let Ok(url) = Url::parse(&issuer.issuer.value) else { return };
    if !matches!(url.host_str(), Some("login.microsoftonline.com" | "sts.windows.net")) {
        return;
    }
    let tenant = url.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default();
    if !is_guid(tenant) {
        let message = format!("no token of Entra ID has this `issuer`: `{tenant}` is not the id of a tenant");
        let help = "write your tenant's id, a GUID, in place of it; never `common` or `organizations`";
        faults.warning(&issuer.issuer.place, message, help.to_owned());
    }
}

fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
