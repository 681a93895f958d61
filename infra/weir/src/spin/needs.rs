//! The outbound hosts and variables that a registry's gateway needs on Spin.

use registry::document::Documents;
use url::{Host, Url};

use super::failure::SpinFailure;

/// The hosts and variables that a manifest must have.
#[derive(Debug, PartialEq, Eq)]
pub struct Needs {
    /// `https://HOST[:PORT]` of every approved origin and its token endpoint, of every issuer's keys, and of a sign-in,
    /// each once.
    pub hosts: Vec<String>,
    /// The variable's name for every origin with a secret.
    pub variables: Vec<String>,
}

impl Needs {
    /// The needs of the gateway of `documents`. Every approved origin counts, so that adding its tools to a virtual
    /// server later needs no deployment.
    pub fn of(documents: &Documents) -> Result<Self, SpinFailure> {
        let mut needs = Self { hosts: Vec::new(), variables: Vec::new() };
        for (name, origin) in &documents.origins {
            needs.call(&origin.url, || format!("origin `{name}`"))?;
            for url in origin.credential.requested_urls() {
                needs.call(url, || format!("the authorization server of origin `{name}`"))?;
            }
            for secret in origin.credential.secrets(name) {
                let variable = secret.to_ascii_lowercase();
                if variable.contains("__") {
                    return Err(SpinFailure::Variable(name.clone(), variable));
                }
                needs.variables.push(variable);
            }
        }
        for issuer in &documents.gateway.issuers {
            needs.call(&issuer.jwks_uri, || format!("`jwks_uri` of issuer `{}`", issuer.name.value))?;
        }
        needs.sign_in(documents)?;
        Ok(needs)
    }

    /// The identity provider where people sign in, and the hosts of client-id metadata documents.
    fn sign_in(&mut self, documents: &Documents) -> Result<(), SpinFailure> {
        let Some(sign_in) = &documents.gateway.sign_in else { return Ok(()) };
        let mut issuers = documents.gateway.issuers.iter();
        let issuer = issuers.find(|issuer| issuer.name.value == sign_in.issuer.value);
        let discovered = issuer.map(|issuer| issuer.issuer.value.as_str());
        if let Some(url) = sign_in.token_endpoint.as_deref().or(discovered) {
            self.call(url, || "the identity provider of `[sign_in]`".to_owned())?;
        }
        for host in &sign_in.client_hosts {
            self.call(&format!("https://{host}"), || format!("`{host}` of `client_hosts`"))?;
        }
        Ok(())
    }

    fn call(&mut self, url: &str, of: impl FnOnce() -> String) -> Result<(), SpinFailure> {
        let host = outbound(url).ok_or_else(|| SpinFailure::Host { of: of(), url: url.to_owned() })?;
        if !self.hosts.contains(&host) {
            self.hosts.push(host);
        }
        Ok(())
    }
}

/// The entry of allowed_outbound_hosts that allows exactly the host and port of `url`; `None` for a host that the
/// manifest reads as a pattern, a template or the app itself. The URL standard allows `*` and `{` in a host.
fn outbound(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let plain = match url.host()? {
        Host::Domain("self" | "self.alt") => false,
        Host::Domain(name) => name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    plain.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use registry::fault::Faults;

    use super::*;

    #[test]
    fn sign_in_needs_its_provider_and_the_hosts_of_clients() {
        let needs = |more: &str| {
            let gateway = format!(
                "url = \"https://mcp.example.com\"\n[[issuers]]\nname = \"corporate\"\nissuer = \"https://idp.example.com/a\"\n\
                 jwks_uri = \"https://keys.example.com/jwks\"\nalgorithms = [\"ES256\"]\n{more}"
            );
            let files = BTreeMap::from([("gateway.toml".to_owned(), gateway)]);
            Needs::of(&Documents::read(&files, &mut Faults::default())).unwrap().hosts
        };
        assert_eq!(needs(""), ["https://keys.example.com"]);
        let sign_in = "[sign_in]\nissuer = \"corporate\"\nclient_id = \"weir\"\nclient_hosts = [\"claude.ai\"]\n";
        assert_eq!(needs(sign_in), ["https://keys.example.com", "https://idp.example.com", "https://claude.ai"]);
        let named =
            "authorization_endpoint = \"https://a.example.com/\"\ntoken_endpoint = \"https://t.example.com/t\"\n";
        let named = needs(&format!("{sign_in}{named}"));
        assert_eq!(named, ["https://keys.example.com", "https://t.example.com", "https://claude.ai"]);
    }

    #[test]
    fn access_tokens_need_their_servers_and_secrets() {
        let gateway = "url = \"https://mcp.example.com\"\n".to_owned();
        let server = |host: &str| {
            format!("issuer = \"https://{host}\", token_endpoint = \"https://{host}/token\", client_id = \"weir\"")
        };
        let (auth, idp) = (server("auth.example.com"), server("idp.example.com:8443"));
        let origin = format!(
            "url = \"https://crm.example.com/mcp\"\nowner = \"crm\"\nrisk = \"low\"\n\
             credential = {{ type = \"id_jag\", {auth}, identity_provider = {{ {idp} }} }}\n"
        );
        let files = [("gateway.toml".to_owned(), gateway), ("origins/crm-eu.toml".to_owned(), origin)].into();
        let needs = Needs::of(&Documents::read(&files, &mut Faults::default())).unwrap();
        let hosts = ["https://crm.example.com", "https://idp.example.com:8443", "https://auth.example.com"];
        assert_eq!(needs.hosts, hosts);
        assert_eq!(needs.variables, ["origin_crm_eu_secret", "idp_crm_eu_secret"]);
    }

    #[test]
    fn vault_needs_host_of_issuer_or_named_endpoint() {
        let named = "client_id = \"weir\", authorization_endpoint = \"https://a.example.com/a\", \
                     token_endpoint = \"https://t.example.com:8443/t\"";
        for (more, host, variables) in
            [("", "https://auth.example.com", &[][..]), (named, "https://t.example.com:8443", &["origin_crm_secret"])]
        {
            let origin = format!(
                "url = \"https://crm.example.com/mcp\"\nowner = \"crm\"\nrisk = \"low\"\n\
                 credential = {{ type = \"vault\", issuer = \"https://auth.example.com/x\", {more} }}\n"
            );
            let gateway = "url = \"https://mcp.example.com\"\n".to_owned();
            let files = [("gateway.toml".to_owned(), gateway), ("origins/crm.toml".to_owned(), origin)].into();
            let needs = Needs::of(&Documents::read(&files, &mut Faults::default())).unwrap();
            assert_eq!(needs.hosts, ["https://crm.example.com", host]);
            assert_eq!(needs.variables, variables);
        }
    }

    #[test]
    fn entry_is_scheme_host_and_explicit_port() {
        for (url, entry) in [
            ("https://documents.example.com/mcp?tenant=1", "https://documents.example.com"),
            ("https://documents.example.com:443/mcp", "https://documents.example.com"),
            ("https://Documents.example.com:8443/mcp", "https://documents.example.com:8443"),
            ("http://127.0.0.1:8790/mcp", "http://127.0.0.1:8790"),
            ("http://localhost/mcp", "http://localhost"),
            ("http://[::1]:8790/mcp", "http://[::1]:8790"),
            ("https://bücher.example/mcp", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(outbound(url).as_deref(), Some(entry), "{url}");
        }
    }

    #[test]
    fn pattern_is_no_entry() {
        for url in [
            "https://*/mcp",
            "https://*.example.com/mcp",
            "https://a.*.example.com/mcp",
            "https://{{redis_url}}/mcp",
            "https://{a,b}.example.com/mcp",
            "http://self/mcp",
            "http://self.alt/mcp",
            "data:text/plain,hello",
        ] {
            assert_eq!(outbound(url), None, "{url}");
        }
    }
}
