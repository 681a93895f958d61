//! A header with a secret of the deployment.

use http::header::{HeaderName, HeaderValue};
use ports::{Host, Secrets};
use registry::name::origin_secret_name;

use crate::error::Fault;
use crate::origin::outbound::OriginCall;

/// The header `name` with `prefix` and the secret that belongs to the origin of the call.
pub(super) async fn header<H: Host>(
    call: &OriginCall<'_, H>,
    name: &str,
    prefix: &str,
) -> Result<(HeaderName, HeaderValue), Fault> {
    let secret_name = origin_secret_name(&call.origin.name);
    let fault = |reason| Fault::Configuration { name: secret_name.clone(), reason };
    let secret = call.gateway.host.secrets().get(&secret_name).await.map_err(|_| fault("secret_missing"))?;
    let value = HeaderValue::try_from(format!("{prefix}{}", secret.expose()));
    let mut value = value.map_err(|_| fault("secret_malformed"))?;
    value.set_sensitive(true);
    let malformed = |_| Fault::Registry { record: call.origin.name.clone(), reason: "credential_malformed" };
    Ok((HeaderName::try_from(name).map_err(malformed)?, value))
}
