//! Membership: the groups, team and project of a user, read from a token's claims by the rules of its issuer.
//!
//! | the token has | the rules say | groups |
//! |---|---|---|
//! | `"groups": ["support", "all"]` | | `support`, `all` |
//! | `"groups": "support all"` | separator ` ` | `support`, `all` |
//! | `"realm_access": {"roles": ["/eu/support"]}` | claim `realm_access.roles` | `/eu/support` |
//! | `"groups": ["9a7c…", "0b3f…"]` | names `9a7c…` → `support` | `support` |
//! | no `groups` | default `visitors` | `visitors` |
//! | no `groups`, `"_claim_names": {"groups": "src1"}` | | refused: they stand elsewhere |
//!
//! Names are the identity provider's as they are: a path keeps its slashes, and a group doesn't include its parents.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::claims::{OneOrMany, is_identifier};

/// The rules of one issuer.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The claim that holds the groups: its name, or the names of nested objects, separated by `.`.
    pub groups_claim: &'a str,
    /// The separator of groups within one text; without one a text is one group.
    pub separator: Option<char>,
    /// The registry's groups by the issuer's. If there are any, no other group counts: nobody should get a role because
    /// somebody has made a group of that name.
    pub group_names: &'a BTreeMap<String, String>,
    /// The groups of a user who is in none after this.
    pub default_groups: &'a [String],
    /// The claim that names the team that pays.
    pub team_claim: Option<&'a str>,
    /// The claim that names the project.
    pub project_claim: Option<&'a str>,
}

/// The result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The groups, each once.
    pub groups: Vec<String>,
    /// The team of [`Rules::team_claim`]; `None` if the groups decide it.
    pub team: Option<String>,
    /// The project of [`Rules::project_claim`].
    pub project: Option<String>,
}

/// The reason why the claims say nothing that can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipError {
    /// A claim has another type, or a text that is empty, too long or has control characters; carries its kind.
    Malformed(&'static str),
    /// The groups are too many for the token and stand elsewhere (`_claim_names`, OpenID Connect Core 1.0 §5.6.2, or
    /// `hasgroups`): Entra beyond 200. To go on with none would grant or refuse the wrong things.
    Elsewhere,
}

/// The words for a user whose groups stand elsewhere.
pub(crate) const ELSEWHERE: &str = "the user is in too many groups for one token; let the identity provider send only \
                                    the groups that are assigned to this application";

impl<'a> Rules<'a> {
    /// The groups of one claim, as they are.
    #[must_use]
    pub const fn of_claim(groups_claim: &'a str) -> Self {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        Self {
            groups_claim,
            separator: None,
            group_names: NONE,
            default_groups: &[],
            team_claim: None,
            project_claim: None,
        }
    }

    /// The registry's name of an asserted group; `None` for one that doesn't count.
    #[must_use]
    pub fn name<'g>(&'g self, asserted: &'g str) -> Option<&'g str> {
        match self.group_names.is_empty() {
            true => Some(asserted),
            false => self.group_names.get(asserted).map(String::as_str),
        }
    }

    /// The groups that the claims assert, in the issuer's words.
    ///
    /// # Errors
    /// [`MembershipError`].
    pub fn asserted(&self, claims: &Map<String, Value>) -> Result<Vec<String>, MembershipError> {
        let malformed = MembershipError::Malformed("groups");
        let values = match find(claims, self.groups_claim) {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => match (serde_json::from_value(value.clone()).map_err(|_| malformed)?, self.separator) {
                (OneOrMany::One(text), Some(separator)) => {
                    let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
                    parts.map(str::to_owned).collect()
                }
                (values, _) => values.into_vec(),
            },
        };
        if values.is_empty() && self.stand_elsewhere(claims) {
            return Err(MembershipError::Elsewhere);
        }
        if values.iter().all(|value| is_identifier(value)) { Ok(values) } else { Err(malformed) }
    }

    fn stand_elsewhere(&self, claims: &Map<String, Value>) -> bool {
        let named = |name: &str| claims.get("_claim_names").is_some_and(|names| names.get(name).is_some());
        let outer = self.groups_claim.split('.').next().unwrap_or_default();
        let has_groups = claims.get("hasgroups").is_some_and(|flag| flag == true || flag == "true");
        named(self.groups_claim) || named(outer) || (has_groups && self.groups_claim == "groups")
    }
}

/// Reads the membership of a user.
///
/// # Errors
/// [`MembershipError`] of the first claim that can't be relied on.
pub fn read(claims: &Map<String, Value>, rules: &Rules<'_>) -> Result<Membership, MembershipError> {
    let asserted = rules.asserted(claims)?;
    let mut groups: Vec<String> = Vec::new();
    for group in asserted.iter().filter_map(|asserted| rules.name(asserted)) {
        if !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
    }
    if groups.is_empty() {
        groups = rules.default_groups.to_vec();
    }
    let (team, project) = (text(claims, rules.team_claim, "team")?, text(claims, rules.project_claim, "project")?);
    Ok(Membership { groups, team, project })
}

/// The one text of a claim.
fn text(
    claims: &Map<String, Value>,
    name: Option<&str>,
    kind: &'static str,
) -> Result<Option<String>, MembershipError> {
    let malformed = MembershipError::Malformed(kind);
    let Some(value) = name.and_then(|name| find(claims, name)).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let values: OneOrMany = serde_json::from_value(value.clone()).map_err(|_| malformed)?;
    let only = values.only().filter(|text| is_identifier(text)).ok_or(malformed)?;
    Ok(Some(only.to_owned()))
}

/// The claim of this name, or else the member that its parts lead to. A name with dots of its own, such as
/// `https://example.com/groups`, is found first.
fn find<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let mut parts = name.split('.');
    let first = claims.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.as_object()?.get(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn claims(json: Value) -> Map<String, Value> {
        json.as_object().unwrap().clone()
    }

    #[test]
    fn groups_are_found_in_every_form() {
        let usual = Rules::of_claim("groups");
        let nested = Rules::of_claim("realm_access.roles");
        let namespaced = Rules::of_claim("https://acme.example.com/groups");
        let spaces = Rules { separator: Some(' '), ..usual };
        let commas = Rules { separator: Some(','), ..usual };
        for (rules, json, expected) in [
            (usual, json!({ "groups": ["a", "b", "a"] }), vec!["a", "b"]),
            (usual, json!({ "groups": "two words" }), vec!["two words"]),
            (usual, json!({ "groups": ["/eu/support"] }), vec!["/eu/support"]),
            (usual, json!({ "groups": null }), vec![]),
            (usual, json!({}), vec![]),
            (spaces, json!({ "groups": " a  b " }), vec!["a", "b"]),
            (spaces, json!({ "groups": ["two words"] }), vec!["two words"]),
            (spaces, json!({ "groups": "" }), vec![]),
            (commas, json!({ "groups": "a, b b,," }), vec!["a", "b b"]),
            (nested, json!({ "realm_access": { "roles": ["a"] } }), vec!["a"]),
            (nested, json!({ "realm_access.roles": ["outer"], "realm_access": { "roles": ["a"] } }), vec!["outer"]),
            (nested, json!({ "realm_access": ["roles"] }), vec![]),
            (namespaced, json!({ "https://acme.example.com/groups": ["a"] }), vec!["a"]),
        ] {
            assert_eq!(
                rules.asserted(&claims(json.clone())).map(|found| read_of(&rules, found)),
                Ok(expected.into_iter().map(str::to_owned).collect()),
                "{json}"
            );
        }
    }

    /// The asserted groups, each once.
    fn read_of(rules: &Rules<'_>, asserted: Vec<String>) -> Vec<String> {
        let json = json!({ "g": asserted });
        read(&claims(json), &Rules { groups_claim: "g", ..*rules }).unwrap().groups
    }

    #[test]
    fn names_map_and_no_other_group_counts() {
        let names =
            BTreeMap::from([("9a7c".to_owned(), "support".to_owned()), ("0b3f".to_owned(), "support".to_owned())]);
        let default = ["visitors".to_owned()];
        let rules = Rules { group_names: &names, default_groups: &default, ..Rules::of_claim("groups") };
        for (groups, expected) in [
            (json!(["0b3f", "9a7c"]), "support"),
            (json!(["9a7c", "other"]), "support"),
            (json!(["support"]), "visitors"),
            (json!([]), "visitors"),
        ] {
            let membership = read(&claims(json!({ "groups": groups })), &rules).unwrap();
            assert_eq!(membership.groups, [expected], "{groups}");
        }
        let unmapped = Rules { default_groups: &default, ..Rules::of_claim("groups") };
        assert_eq!(read(&claims(json!({ "groups": ["a"] })), &unmapped).unwrap().groups, ["a"], "no default beside it");
    }

    #[test]
    fn team_and_project_are_one_text_each() {
        let rules = Rules { team_claim: Some("org.team"), project_claim: Some("project"), ..Rules::of_claim("groups") };
        for (json, expected) in [
            (json!({ "org": { "team": "field" }, "project": ["p"] }), Ok((Some("field"), Some("p")))),
            (json!({ "project": null }), Ok((None, None))),
            (json!({ "org": { "team": ["a", "b"] } }), Err(MembershipError::Malformed("team"))),
            (json!({ "org": { "team": "" } }), Err(MembershipError::Malformed("team"))),
            (json!({ "project": 7 }), Err(MembershipError::Malformed("project"))),
            (json!({ "project": "a\nb" }), Err(MembershipError::Malformed("project"))),
        ] {
            let found = read(&claims(json.clone()), &rules);
            let found = found.as_ref().map(|found| (found.team.as_deref(), found.project.as_deref()));
            assert_eq!(found, expected.as_ref().map(|expected| *expected), "{json}");
        }
        assert_eq!(read(&claims(json!({ "team": "x" })), &Rules::of_claim("groups")).unwrap().team, None);
    }

    #[test]
    fn groups_that_stand_elsewhere_are_no_empty_list() {
        let roles = Rules::of_claim("roles");
        let groups = Rules::of_claim("groups");
        let overage =
            json!({ "_claim_names": { "groups": "src1" }, "_claim_sources": { "src1": { "endpoint": "https://x" } } });
        let default = ["visitors".to_owned()];
        for (rules, json, is_elsewhere) in [
            (groups, overage.clone(), true),
            (Rules { default_groups: &default, ..groups }, overage.clone(), true),
            (groups, json!({ "hasgroups": true }), true),
            (groups, json!({ "hasgroups": "true" }), true),
            (groups, json!({ "hasgroups": false }), false),
            (roles, overage, false),
            (roles, json!({ "hasgroups": true }), false),
            (Rules::of_claim("a.b"), json!({ "_claim_names": { "a": "src1" } }), true),
        ] {
            let found = read(&claims(json.clone()), &rules);
            assert_eq!(found == Err(MembershipError::Elsewhere), is_elsewhere, "{json}");
        }
        for bad in [json!([1]), json!({ "a": "b" }), json!(7), json!([["a"]]), json!(["a\u{0}"]), json!([""])] {
            let found = read(&claims(json!({ "groups": bad })), &groups);
            assert_eq!(found, Err(MembershipError::Malformed("groups")), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_claim_name_is_looked_up_without_panic(name in any::<String>(), key in any::<String>()) {
            let claims = claims(json!({ key: { "a": ["b"] } }));
            let _ = read(&claims, &Rules { team_claim: Some(&name), ..Rules::of_claim(&name) });
        }
    }
}
