//! Assignment: selects the group that decides a caller's virtual server at `POST /mcp`, or the team that pays.

use crate::snapshot::GroupAssignment;

/// Returns the group of lowest `order` for which `relevant` is true, with its assignment.
///
/// `assignments` are those of the caller's groups, in any order.
///
/// | alice's groups | in the registry | virtual server | team |
/// |---|---|---|---|
/// | `staff`, `support` | 0 `support` (`support`, no team), 1 `staff` (no virtual server, team `everybody`) | `support` | `everybody` |
pub fn decisive<'a>(
    assignments: impl IntoIterator<Item = (&'a str, &'a GroupAssignment)>,
    relevant: fn(&GroupAssignment) -> bool,
) -> Option<(&'a str, &'a GroupAssignment)> {
    let candidates = assignments.into_iter().filter(|(_, assignment)| relevant(assignment));
    candidates.min_by_key(|(_, assignment)| assignment.order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(order: u32, virtual_server: Option<&str>, team: Option<&str>) -> GroupAssignment {
        let text = |value: Option<&str>| value.map(str::to_owned);
        GroupAssignment { order, virtual_server: text(virtual_server), team: text(team), project: None }
    }

    #[test]
    fn decisive_group_is_first_relevant_one_in_registry_order() {
        let (support, staff) = (assignment(0, Some("support"), None), assignment(1, Some("all"), Some("everybody")));
        for held in [[("staff", &staff), ("support", &support)], [("support", &support), ("staff", &staff)]] {
            let server = decisive(held, |assignment| assignment.virtual_server.is_some());
            assert_eq!(server, Some(("support", &support)), "the order of the caller's groups should not matter");
            let team = decisive(held, |assignment| assignment.team.is_some());
            assert_eq!(team, Some(("staff", &staff)), "a group without a team should not decide who pays");
        }
    }

    #[test]
    fn no_group_is_decisive_if_none_is_relevant() {
        let support = assignment(0, Some("support"), None);
        assert_eq!(decisive([("support", &support)], |assignment| assignment.team.is_some()), None);
        assert_eq!(decisive([], |_| true), None);
    }
}
