//! The cost report as a table for people.

use audit::focus::UNASSIGNED;
use serde_json::Value;

use crate::output::legible;

/// Renders the ledger's JSON report as a table.
pub fn render(report: &Value) -> String {
    let text = |value: &Value| legible(value.as_str().unwrap_or_default());
    let by = text(&report["by"]);
    let (subject, beside) = match by.as_str() {
        "project" => ("x_Project", Some(("team", "x_Team"))),
        "origin" => ("x_Origin", None),
        "tool" => ("x_Tool", Some(("origin", "x_Origin"))),
        _ => ("x_Team", None),
    };
    let mut lines = vec![
        [Some(by.clone()), beside.map(|(title, _)| title.to_owned())]
            .into_iter()
            .flatten()
            .chain(["calls", "unpriced", "cost", "currency"].map(str::to_owned))
            .collect::<Vec<_>>(),
    ];
    for row in report["rows"].as_array().into_iter().flatten() {
        let name = |column: &str| row[column].as_str().map_or_else(|| UNASSIGNED.to_owned(), legible);
        let unpriced = row["x_UnpricedCalls"].as_u64().unwrap_or_default();
        // A cost of 0 would look like a free call.
        let (cost, currency) = if unpriced > 0 {
            ("unpriced".to_owned(), String::new())
        } else {
            (text(&row["BilledCost"]), text(&row["BillingCurrency"]))
        };
        let numbers = [row["x_Calls"].to_string(), unpriced.to_string(), cost, currency];
        let names = [Some(name(subject)), beside.map(|(_, column)| name(column))];
        lines.push(names.into_iter().flatten().chain(numbers).collect());
    }
    let mut shown = aligned(&lines, if beside.is_some() { 2 } else { 1 });
    let sums = report["costs"].as_array().into_iter().flatten();
    let sums: Vec<String> = sums.map(|sum| format!("{} {}", text(&sum["amount"]), text(&sum["currency"]))).collect();
    let sums = if sums.is_empty() { "nothing priced".to_owned() } else { sums.join(", ") };
    shown += &format!(
        "{}: {} calls, {} of them unpriced; {sums}\n",
        text(&report["month"]),
        report["calls"],
        report["unpriced_calls"]
    );
    shown
}

/// Aligns the cells of each column: the first `left` columns and the last to the left, the others to the right.
fn aligned(lines: &[Vec<String>], left: usize) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut shown = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < left || column + 1 == columns { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        shown += cells.collect::<Vec<_>>().join("  ").trim_end();
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn table_shows_sums_and_unpriced_calls() {
        let report = json!({
            "month": "2026-11", "by": "team", "calls": 9, "unpriced_calls": 2,
            "costs": [{ "amount": "0.012", "currency": "USD" }],
            "rows": [
                { "x_Team": "support", "x_Calls": 6, "x_UnpricedCalls": 0, "BilledCost": "0.0115", "BillingCurrency": "USD" },
                { "x_Team": "support", "x_Calls": 2, "x_UnpricedCalls": 2, "BilledCost": "0", "BillingCurrency": "XXX" },
                { "x_Team": null, "x_Calls": 1, "x_UnpricedCalls": 0, "BilledCost": "0.0005", "BillingCurrency": "USD" },
            ],
        });
        assert_eq!(
            render(&report),
            "\
team        calls  unpriced      cost  currency
support         6         0    0.0115  USD
support         2         2  unpriced
unassigned      1         0    0.0005  USD
2026-11: 9 calls, 2 of them unpriced; 0.012 USD
"
        );
    }

    #[test]
    fn control_characters_are_not_printed() {
        let report = json!({ "month": "2026-11", "by": "tool", "calls": 1, "unpriced_calls": 1, "costs": [], "rows": [
            { "x_Tool": "a\u{1b}[2Jb", "x_Origin": "o\n", "x_Calls": 1, "x_UnpricedCalls": 1 },
        ] });
        let shown = render(&report);
        assert!(!shown.contains('\u{1b}') && shown.lines().count() == 3, "{shown:?}");
        assert!(shown.contains("nothing priced"), "{shown}");
    }
}
