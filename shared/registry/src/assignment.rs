//! Assignment: which of a caller's groups decides, for the virtual server of `POST /mcp` and for the team that pays.

use crate::snapshot::GroupAssignment;

/// The group, of those that `speak` to the question, that comes first in the registry, with what it gives.
///
/// `assignments` are those of the caller's groups, in any order; a group without one gives nothing.
///
/// | alice's groups | in the registry | virtual server | team |
/// |---|---|---|---|
/// | `staff`, `support` | 0 `support` (`support`, no team), 1 `staff` (no virtual server, team `everybody`) | `support` | `everybody` |
pub fn decisive<'a>(
    assignments: impl IntoIterator<Item = (&'a str, &'a GroupAssignment)>,
    speaks: fn(&GroupAssignment) -> bool,
) -> Option<(&'a str, &'a GroupAssignment)> {
    let speaking = assignments.into_iter().filter(|(_, assignment)| speaks(assignment));
    speaking.min_by_key(|(_, assignment)| assignment.order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(order: u32, virtual_server: Option<&str>, team: Option<&str>) -> GroupAssignment {
        let text = |value: Option<&str>| value.map(str::to_owned);
        GroupAssignment { order, virtual_server: text(virtual_server), team: text(team), project: None }
    }

    #[test]
    fn decisive_is_the_first_in_the_registry_that_speaks_to_the_question() {
        let (support, staff) = (assignment(0, Some("support"), None), assignment(1, Some("all"), Some("everybody")));
        for held in [[("staff", &staff), ("support", &support)], [("support", &support), ("staff", &staff)]] {
            let server = decisive(held, |assignment| assignment.virtual_server.is_some());
            assert_eq!(server, Some(("support", &support)), "the order of the caller's groups should not matter");
            let team = decisive(held, |assignment| assignment.team.is_some());
            assert_eq!(team, Some(("staff", &staff)), "a group without a team should not decide who pays");
        }
    }

    #[test]
    fn nobody_decides_where_no_group_speaks() {
        let support = assignment(0, Some("support"), None);
        assert_eq!(decisive([("support", &support)], |assignment| assignment.team.is_some()), None);
        assert_eq!(decisive([], |_| true), None);
    }
}
