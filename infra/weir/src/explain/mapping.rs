//! The mapping of a token's claims to groups, team and project: which claim and which rule gave which.

use oauth::membership::{self, Membership, MembershipError, Rules};
use registry::snapshot::{Gateway, Issuer, IssuerMode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::Refusal;
use super::question::Question;
use crate::failure::Failure;

/// The mapping of the question's claims.
#[derive(Debug, Clone, Serialize)]
pub struct Mapping {
    /// The issuer's name in the registry.
    pub issuer: String,
    /// The claim that holds the groups.
    pub groups_claim: String,
    /// Each asserted group, then the default ones.
    pub groups: Vec<MappedGroup>,
    /// The team of a claim.
    pub team: Option<MappedText>,
    /// The project of a claim.
    pub project: Option<MappedText>,
    /// True if the claims have nothing where the groups should be.
    #[serde(skip)]
    pub is_claim_absent: bool,
    /// The groups, team and project that result.
    #[serde(skip)]
    pub membership: Membership,
    /// The refusal of a token with these claims; `None` if it is accepted.
    #[serde(skip)]
    pub refusal: Option<Refusal>,
}

/// The mapping of one group.
#[derive(Debug, Clone, Serialize)]
pub struct MappedGroup {
    /// The group as the claims name it; `None` for a default group.
    pub asserted: Option<String>,
    /// The group as the registry names it; `None` if the asserted one doesn't count.
    pub group: Option<String>,
    /// The rule: `as_it_is`, `group_names`, `not_in_group_names` or `default_groups`.
    pub rule: &'static str,
}

/// The text of a claim.
#[derive(Debug, Clone, Serialize)]
pub struct MappedText {
    /// The claim.
    pub claim: String,
    /// Its text.
    pub value: String,
}

impl Mapping {
    /// The mapping of the question's claims by the rules of its issuer; `None` if it has none.
    pub fn of(question: &Question, gateway: &Gateway) -> Result<Option<Self>, Failure> {
        let Some(claims) = &question.claims else { return Ok(None) };
        let issuer = match (&question.issuer, gateway.issuers.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => {
                return Err(Failure::Usage(
                    "--claims needs --issuer, unless gateway.toml has exactly one of [[issuers]]",
                ));
            }
            (Some(name), issuers) => issuers.iter().find(|issuer| issuer.name == *name),
        };
        let issuer =
            issuer.ok_or(Failure::Usage("--issuer must be the `name` of one of [[issuers]] in gateway.toml"))?;
        Ok(Some(Self::by(issuer, claims)))
    }

    fn by(issuer: &Issuer, claims: &Map<String, Value>) -> Self {
        let rules = issuer.membership();
        let (read, asserted) = (membership::read(claims, &rules), rules.asserted(claims).unwrap_or_default());
        let refusal = read.as_ref().err().map(|error| refusal(issuer, *error));
        let is_claim_absent = refusal.is_none() && asserted.is_empty();
        let membership = read.unwrap_or_default();
        let mut groups: Vec<MappedGroup> = asserted.into_iter().map(|asserted| mapped(&rules, asserted)).collect();
        if groups.iter().all(|group| group.group.is_none()) {
            let default = membership.groups.iter().cloned();
            groups.extend(default.map(|group| MappedGroup {
                asserted: None,
                group: Some(group),
                rule: "default_groups",
            }));
        }
        let text = |claim: Option<&str>, value: &Option<String>| {
            Some(MappedText { claim: claim?.to_owned(), value: value.clone()? })
        };
        Self {
            issuer: issuer.name.clone(),
            groups_claim: issuer.groups_claim.clone(),
            groups,
            is_claim_absent,
            team: text(rules.team_claim, &membership.team),
            project: text(rules.project_claim, &membership.project),
            membership,
            refusal,
        }
    }

    /// The mapping for people, one line per group and claim.
    pub fn lines(&self) -> Vec<String> {
        let claim = &self.groups_claim;
        let of_group = |mapped: &MappedGroup| match (&mapped.asserted, &mapped.group) {
            (Some(asserted), Some(group)) if mapped.rule == "group_names" => {
                format!("group `{group}`, by `{asserted}` in `{claim}` and `group_names`")
            }
            (Some(_), Some(group)) => format!("group `{group}`, by `{claim}`"),
            (Some(asserted), None) => {
                format!("`{asserted}` in `{claim}` counts for nothing: it is not in `group_names`")
            }
            (None, group) => {
                format!(
                    "group `{}`, by `default_groups`: the claims give no other",
                    group.as_deref().unwrap_or_default()
                )
            }
        };
        let of_text = |kind: &str, text: &MappedText| format!("{kind} `{}`, by the claim `{}`", text.value, text.claim);
        let absent = self.is_claim_absent.then(|| format!("the claims have no group in `{claim}`, the `groups_claim`"));
        let groups = absent.into_iter().chain(self.groups.iter().map(of_group));
        let team = self.team.iter().map(|team| of_text("team", team));
        groups.chain(team).chain(self.project.iter().map(|project| of_text("project", project))).collect()
    }
}

fn mapped(rules: &Rules<'_>, asserted: String) -> MappedGroup {
    let group = rules.name(&asserted).map(str::to_owned);
    let rule = match (rules.group_names.is_empty(), &group) {
        (true, _) => "as_it_is",
        (false, Some(_)) => "group_names",
        (false, None) => "not_in_group_names",
    };
    MappedGroup { asserted: Some(asserted), group, rule }
}

/// The refusal of such a token, with the reason code of the issuer's mode (ID-JAG or access token).
fn refusal(issuer: &Issuer, error: MembershipError) -> Refusal {
    let is_assertion = issuer.has_mode(IssuerMode::IdJag);
    let (assertion, token) = match error {
        MembershipError::Elsewhere => ("assertion_groups_elsewhere", "token_groups_elsewhere"),
        MembershipError::Malformed(_) => ("assertion_claim_malformed", "token_claim_malformed"),
    };
    let because = match error {
        MembershipError::Elsewhere => {
            "the groups are too many for the token, which only says where they are; let the identity provider send the \
             groups that are assigned to this application"
                .to_owned()
        }
        MembershipError::Malformed("groups") => {
            format!("`{}` must be a text or an array of texts, none of them empty", issuer.groups_claim)
        }
        MembershipError::Malformed(kind) => format!("the claim for `{kind}` must be one text"),
    };
    Refusal { reason: if is_assertion { assertion } else { token }, because }
}
