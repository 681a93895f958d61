//! The columns of the table: the kinds of caller and their credentials.

use gateway::endpoints::Endpoint;
use harness::{
    Draft, Weir,
    weir::{CLIENT, URL},
};

use super::rows::{OWN, Row};

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// No credential.
    Nobody,
    /// A credential of the right team that expired ten minutes ago.
    Expired,
    /// A credential for another resource: of the same gateway; at the token endpoint, of another one.
    WrongAudience,
    /// A valid credential of a person of another team, who has another virtual server.
    WrongTeam,
    /// A valid credential of a person whose groups the registry does not know.
    NoTeam,
    /// A valid credential of a quarantined person of the right team.
    Quarantined,
    /// A valid credential of a person of the right team.
    RightTeam,
}

impl Caller {
    /// All kinds, in the order of the columns.
    pub const ALL: [Self; 7] = [
        Self::Nobody,
        Self::Expired,
        Self::WrongAudience,
        Self::WrongTeam,
        Self::NoTeam,
        Self::Quarantined,
        Self::RightTeam,
    ];

    /// The head of the column.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Expired => "expired",
            Self::WrongAudience => "wrong audience",
            Self::WrongTeam => "wrong team",
            Self::NoTeam => "no team",
            Self::Quarantined => "quarantined",
            Self::RightTeam => "right team",
        }
    }

    /// True if the caller is verified, so that an audit event names the user.
    pub const fn is_known(self) -> bool {
        match self {
            Self::Nobody | Self::Expired | Self::WrongAudience => false,
            Self::WrongTeam | Self::NoTeam | Self::Quarantined | Self::RightTeam => true,
        }
    }

    /// The subject of the cell in row number `row`: each cell has its own, so that an event leads to its cell.
    pub fn subject(self, row: usize) -> String {
        format!("{}-{row}", self.heading().replace(' ', "-"))
    }

    const fn person(self) -> &'static str {
        match self {
            Self::WrongTeam => "bob",
            Self::NoTeam => "carol",
            Self::Nobody | Self::Expired | Self::WrongAudience | Self::Quarantined | Self::RightTeam => "alice",
        }
    }
}

/// The subject of the tokens that are sent to another resource than their own.
pub const ELSEWHERE: &str = "elsewhere";

/// Tokens for `/mcp` and for the right team's virtual server. Weir has accepted each at its own resource, so that it
/// may remember them when they are sent to the other one.
pub struct Elsewhere {
    assigned: String,
    named: String,
}

impl Elsewhere {
    /// Signs both, and uses each once at its own resource.
    pub fn new(weir: &Weir) -> Self {
        let taken = |path: &str| {
            let token = weir.access_token("alice").claim("sub", ELSEWHERE).claim("aud", format!("{URL}{path}"));
            let token = weir.sign(token);
            let answer = weir.send(Draft::list().to(path).token(&token));
            assert_eq!(answer.status, 200, "a token should count at its own `{path}`: {}", answer.text());
            token
        };
        Self { assigned: taken("/mcp"), named: taken(&format!("/mcp/{OWN}")) }
    }

    fn token(&self, row: &Row) -> String {
        if row.server().is_some() { self.assigned.clone() } else { self.named.clone() }
    }
}

/// The row's request with the credential of `caller`, about `subject`.
pub fn draft(weir: &Weir, elsewhere: &Elsewhere, row: &Row, caller: Caller, subject: &str) -> Draft {
    match row.redeems() {
        true => redemption(weir, caller, subject),
        false => match access_token(weir, elsewhere, row, caller, subject) {
            Some(token) => row.draft.clone().token(&token),
            None => row.draft.clone(),
        },
    }
}

fn access_token(weir: &Weir, elsewhere: &Elsewhere, row: &Row, caller: Caller, subject: &str) -> Option<String> {
    let now = weir.running.now();
    let own = match &row.endpoint {
        Some(Endpoint::Mcp(resource)) => resource.protected().identifier(URL),
        _ => format!("{URL}/mcp"),
    };
    let token = weir.access_token(caller.person()).claim("sub", subject).claim("aud", own);
    let token = match caller {
        Caller::Nobody => return None,
        Caller::Expired => token.claim("iat", now - 1200).claim("exp", now - 600),
        Caller::WrongAudience => return Some(elsewhere.token(row)),
        Caller::WrongTeam | Caller::NoTeam | Caller::Quarantined | Caller::RightTeam => token,
    };
    Some(weir.sign(token))
}

/// At the token endpoint the caller differs by its assertion; the client is valid. Every assertion is for the right
/// team's virtual server: only a call decides if the caller may use it.
fn redemption(weir: &Weir, caller: Caller, subject: &str) -> Draft {
    let now = weir.running.now();
    let assertion = weir.id_jag(caller.person()).claim("sub", subject).claim("resource", format!("{URL}/mcp/{OWN}"));
    let assertion = match caller {
        Caller::Nobody => {
            return Draft::form(&[("grant_type", GRANT), ("client_id", CLIENT.0)]);
        }
        Caller::Expired => assertion.claim("iat", now - 1200).claim("exp", now - 600),
        Caller::WrongAudience => assertion.claim("aud", "https://other.example.com"),
        Caller::WrongTeam | Caller::NoTeam | Caller::Quarantined | Caller::RightTeam => assertion,
    };
    weir.redeeming(&weir.issuer.sign(assertion))
}

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
