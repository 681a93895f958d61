//! The columns of the table: the kinds of caller, and what each of them shows.

use gateway::endpoints::Endpoint;
use harness::{
    Draft, Weir,
    weir::{CLIENT, URL},
};

use super::rows::{OWN, Row};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Without any credential.
    Nobody,
    /// With a credential of the right team that was good until ten minutes ago.
    Expired,
    /// With one for another resource: of the same gateway, which has taken it there; at the token endpoint of another.
    WrongAudience,
    /// With a good one of a person of another team, who has a virtual server too.
    WrongTeam,
    /// With a good one of a person whose groups the registry doesn't know.
    NoTeam,
    /// With a good one of a person of the right team who is quarantined.
    Quarantined,
    /// With a good one of a person of the right team.
    RightTeam,
}

impl Caller {
    /// All of them, in the order of the columns.
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

    /// Whether Weir can know who it is, so that an audit event names them.
    pub const fn is_known(self) -> bool {
        match self {
            Self::Nobody | Self::Expired | Self::WrongAudience => false,
            Self::WrongTeam | Self::NoTeam | Self::Quarantined | Self::RightTeam => true,
        }
    }

    /// The subject of the cell in row number `row`: each cell has its own, so that an event tells which cell left it.
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

/// Whose tokens are shown where they don't count.
pub const ELSEWHERE: &str = "elsewhere";

/// Tokens for `/mcp` and for the right team's virtual server that Weir has already taken there, so that it may remember
/// them when they are shown to the other one.
pub struct Elsewhere {
    assigned: String,
    named: String,
}

impl Elsewhere {
    /// Mints both, and uses each once where it counts.
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

/// The row's request as `caller` sends it, under the name `subject`.
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

/// At the token endpoint the assertion is what the caller shows; its client is a good one. It is for the right team's
/// virtual server whoever shows it: only a call decides whether that exists for them.
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
