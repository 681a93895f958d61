//! The grants that Weir uses as the client of another authorization server: the parameters of its token requests.
//!
//! ```text
//! client_credentials                                    RFC 6749 §4.4
//! token-exchange, subject_token=JWT                     RFC 8693 §2.1
//! jwt-bearer, assertion=JWT, on_behalf_of               RFC 7523 §2.1, as Microsoft Entra ID extends it
//! token-exchange, requested_token_type=…:id-jag         draft-ietf-oauth-identity-assertion-authz-grant §4.3
//! jwt-bearer, assertion=ID-JAG                          the same, §4.4
//! ```
//!
//! `actor_token` is never sent: Weir acts for the user with its own client credentials, which name it.

use crate::token_request::JWT_BEARER;

/// `urn:ietf:params:oauth:grant-type:token-exchange`.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The type of a JWT of any issuer (RFC 8693 §3).
pub(crate) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// The type of an access token (RFC 8693 §3).
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The type of an ID-JAG.
pub(crate) const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

/// A grant.
#[derive(Clone, Copy)]
pub enum Grant<'a> {
    /// Weir's own rights.
    ClientCredentials,
    /// The user's rights, for a subject token (see [`crate::subject_token`]).
    TokenExchange {
        /// `subject_token`.
        subject_token: &'a str,
    },
    /// The same in the form of Microsoft Entra ID.
    OnBehalfOf {
        /// `assertion`.
        assertion: &'a str,
    },
    /// An ID-JAG of the identity provider.
    IdJag {
        /// `subject_token`.
        subject_token: &'a str,
        /// `audience`: the issuer identifier of the authorization server that the ID-JAG is for.
        audience: &'a str,
    },
    /// The access token for an ID-JAG.
    JwtBearer {
        /// `assertion`.
        assertion: &'a str,
    },
}

/// The place and the extent of the token.
#[derive(Clone, Copy, Default)]
pub struct Target<'a> {
    /// `scope`: the scopes, separated by spaces; empty for none.
    pub scope: &'a str,
    /// `resource` (RFC 8707 §2).
    pub resource: Option<&'a str>,
    /// `audience` (RFC 8693 §2.1; several servers take it with any grant).
    pub audience: Option<&'a str>,
}

/// Returns the parameters of the request.
#[must_use]
pub fn parameters<'a>(grant: Grant<'a>, target: Target<'a>) -> Vec<(&'static str, &'a str)> {
    let mut parameters = match grant {
        Grant::ClientCredentials => vec![("grant_type", "client_credentials")],
        Grant::TokenExchange { subject_token } => vec![
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", subject_token),
            ("subject_token_type", JWT),
            ("requested_token_type", ACCESS_TOKEN),
        ],
        Grant::OnBehalfOf { assertion } => {
            vec![("grant_type", JWT_BEARER), ("assertion", assertion), ("requested_token_use", "on_behalf_of")]
        }
        Grant::IdJag { subject_token, audience } => vec![
            ("grant_type", TOKEN_EXCHANGE),
            ("requested_token_type", ID_JAG),
            ("audience", audience),
            ("subject_token", subject_token),
            ("subject_token_type", JWT),
        ],
        Grant::JwtBearer { assertion } => vec![("grant_type", JWT_BEARER), ("assertion", assertion)],
    };
    let optional = [
        ("scope", Some(target.scope).filter(|scope| !scope.is_empty())),
        ("resource", target.resource),
        ("audience", target.audience.filter(|_| !matches!(grant, Grant::IdJag { .. }))),
    ];
    parameters.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form;

    #[test]
    fn each_grant_has_its_parameters_and_no_other() {
        let target = Target { scope: "a b", resource: Some("https://r"), audience: Some("crm") };
        let (exchange, bearer, types) = (
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer",
            "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A",
        );
        for (grant, expected) in [
            (Grant::ClientCredentials, "grant_type=client_credentials".to_owned()),
            (
                Grant::TokenExchange { subject_token: "S" },
                format!(
                    "{exchange}&subject_token=S&subject_token_type={types}jwt&requested_token_type={types}access_token"
                ),
            ),
            (Grant::OnBehalfOf { assertion: "S" }, format!("{bearer}&assertion=S&requested_token_use=on_behalf_of")),
            (Grant::JwtBearer { assertion: "J" }, format!("{bearer}&assertion=J")),
        ] {
            let written = form::write(&parameters(grant, target));
            assert_eq!(written, format!("{expected}&scope=a%20b&resource=https%3A%2F%2Fr&audience=crm"));
            assert_eq!(form::write(&parameters(grant, Target::default())), expected);
        }
        let id_jag = Grant::IdJag { subject_token: "S", audience: "https://as" };
        let expected = format!(
            "{exchange}&requested_token_type={types}id-jag&audience=https%3A%2F%2Fas&subject_token=S\
             &subject_token_type={types}jwt&scope=a%20b&resource=https%3A%2F%2Fr"
        );
        assert_eq!(
            form::write(&parameters(id_jag, target)),
            expected,
            "the audience is the authorization server alone"
        );
    }
}
