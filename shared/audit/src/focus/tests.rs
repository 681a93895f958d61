//! Tests of the columns, and of cells that a spreadsheet could run as formulas.

use proptest::prelude::*;

use super::*;

fn row(by: ReportDimension) -> CostRow {
    CostRow {
        by,
        month: Month::parse("2026-11").expect("a month"),
        team: Some("support".to_owned()),
        project: None,
        origin: None,
        tool: None,
        currency: Some("USD".to_owned()),
        amount: Decimal::new(1200, 5),
        calls: 6,
    }
}

/// The CSV of one row, as column names and cells.
fn columns(row: &CostRow) -> Vec<(String, String)> {
    let text = csv(std::slice::from_ref(row), row.month, row.by);
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let header = reader.headers().expect("there should be a header").clone();
    let record = reader.records().next().expect("there should be a record").expect("it should be read");
    header.iter().zip(record.iter()).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
}

fn cell(row: &CostRow, name: &str) -> String {
    columns(row).into_iter().find(|(column, _)| column == name).expect("the column should be there").1
}

#[test]
fn row_has_mandatory_columns_of_focus() {
    let row = row(ReportDimension::Team);
    for (name, expected) in [
        ("BilledCost", "0.01200"),
        ("EffectiveCost", "0.01200"),
        ("ListCost", "0.01200"),
        ("ContractedCost", "0.01200"),
        ("BillingCurrency", "USD"),
        ("BillingPeriodStart", "2026-11-01T00:00:00Z"),
        ("BillingPeriodEnd", "2026-12-01T00:00:00Z"),
        ("ChargePeriodStart", "2026-11-01T00:00:00Z"),
        ("ChargePeriodEnd", "2026-12-01T00:00:00Z"),
        ("ChargeCategory", "Usage"),
        ("ChargeClass", ""),
        ("ConsumedQuantity", "6"),
        ("ConsumedUnit", "Requests"),
        ("PricingQuantity", "6"),
        ("ServiceCategory", "AI and Machine Learning"),
        ("SubAccountId", "support"),
        ("SubAccountType", "Team"),
        ("x_UnpricedCalls", "0"),
    ] {
        assert_eq!(cell(&row, name), expected, "`{name}` should be this");
    }
    let names: Vec<String> = columns(&row).into_iter().map(|(name, _)| name).collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted, "columns should keep one order");
}

#[test]
fn unpriced_calls_are_shown_as_unpriced() {
    let row = CostRow { currency: None, amount: Decimal::ZERO, ..row(ReportDimension::Team) };
    assert_eq!(cell(&row, "x_UnpricedCalls"), "6", "they should be counted");
    assert_eq!(cell(&row, "BillingCurrency"), NO_CURRENCY, "no currency should be made up");
    assert!(cell(&row, "ChargeDescription").contains("no price"), "the row should say what it is");
    assert_eq!(cell(&row, "PricingQuantity"), "", "nothing was priced");
}

#[test]
fn absent_team_is_unassigned_and_differs_from_team_of_that_name() {
    let nobody = CostRow { team: None, ..row(ReportDimension::Team) };
    assert_eq!((cell(&nobody, "SubAccountId").as_str(), cell(&nobody, "SubAccountName").as_str()), ("", UNASSIGNED));
    let named = CostRow { team: Some(UNASSIGNED.to_owned()), ..row(ReportDimension::Team) };
    assert_eq!(cell(&named, "SubAccountId"), UNASSIGNED, "a team that is called so should keep its id");
}

#[test]
fn formula_in_name_stays_text() {
    for tool in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"http://x\",\"y\")"] {
        let row = CostRow { tool: Some(tool.to_owned()), origin: Some("=o".to_owned()), ..row(ReportDimension::Tool) };
        for name in ["ResourceName", "x_Tool", "ServiceName", "x_Origin"] {
            assert!(cell(&row, name).starts_with('\''), "`{name}` should be text for `{tool}`");
        }
        let json = serde_json::to_value(&row).expect("a row should be JSON");
        assert_eq!(json["x_Tool"], tool, "JSON runs nothing and should keep the name");
    }
    assert_eq!(guarded("documents_search"), "documents_search", "an ordinary name should stay");
}

#[test]
fn json_has_columns_of_csv() {
    let row = row(ReportDimension::Project);
    let json = serde_json::to_string(&row).expect("a row should be JSON");
    assert!(
        json.starts_with(r#"{"BilledCost":"0.01200","BillingAccountId":"weir","BillingAccountName":null"#),
        "{json}"
    );
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&json).expect("it should be read back");
    let mut names: Vec<String> = columns(&row).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert!(object.keys().eq(names.iter()), "both forms should have the same columns");
}

proptest! {
    #[test]
    fn any_name_makes_one_record_without_formula(tool in "[\\PC\\t\\r\\n\",;=+@-]{0,20}") {
        let row = CostRow { tool: Some(tool.clone()), ..row(ReportDimension::Tool) };
        let found = cell(&row, "x_Tool");
        prop_assert!(found == tool || found == format!("'{tool}"), "the name should stay legible: {found}");
        prop_assert!(!found.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "no cell should begin like a formula");
    }
}
