//! A header with a secret of the deployment.

use http::header::{HeaderName, HeaderValue};
use ports::Host;
use registry::name::origin_secret_name;

use super::sensitive;
use crate::error::Fault;
use crate::keys;
use crate::log::logged;
use crate::origin::outbound::OriginCall;

/// The header `name` with `prefix` and the secret that belongs to the origin of the call.
pub(super) async fn header<H: Host>(
    call: &OriginCall<'_, H>,
    name: &str,
    prefix: &str,
) -> Result<(HeaderName, HeaderValue), Fault> {
    let secret_name = origin_secret_name(&call.origin.name);
    let secret = keys::secret(call.gateway, &secret_name).await?;
    let malformed = Fault::Configuration { name: secret_name, reason: "secret_malformed" };
    let value = sensitive::value(&format!("{prefix}{}", secret.expose()));
    let value = value.ok_or_else(|| logged(call.gateway, malformed))?;
    let malformed = |_| Fault::Registry { record: call.origin.name.clone(), reason: "credential_malformed" };
    Ok((HeaderName::try_from(name).map_err(malformed)?, value))
}
