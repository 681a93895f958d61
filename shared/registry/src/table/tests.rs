//! Tests of tables: each wrong value is reported at its place, and reading goes on.

use super::*;

const LETTERS: Rule = Rule { holds: |text| text.bytes().all(|byte| byte.is_ascii_lowercase()), says: "be letters" };

/// The faults that `read` and the table itself find in `text`.
fn faults(text: &str, read: impl FnOnce(&mut Table<'_>, &mut Faults)) -> Vec<String> {
    let mut faults = Faults::default();
    parse(&Source::new("a.toml", text), &mut faults, read);
    faults.into_sorted().iter().map(ToString::to_string).collect()
}

#[test]
fn unknown_key_is_reported_with_nearest_known_key() {
    let found = faults("title = \"a\"\ntimout = 3\n[inner]\nnme = \"a\"\n", |table, faults| {
        table.text("title", &LETTERS, faults);
        table.number("timeout", (1, 9), faults);
        table.table("inner", faults, |table, faults| table.text("name", &LETTERS, faults));
    });
    assert_eq!(
        found,
        [
            "a.toml:2:1: error: unknown key `timout`\n  help: did you mean `timeout`?",
            "a.toml:4:1: error: unknown key `nme`\n  help: did you mean `name`?",
        ]
    );
}

#[test]
fn wrong_type_is_reported_at_place_of_value() {
    let text = "text = 1\nnumber = \"1\"\nflag = 2026-01-01\nlist = \"a\"\ntable = [1]\ntables = { a = 1 }\nlists = [1, \"A\"]\n";
    let found = faults(text, |table, faults| {
        table.text("text", &LETTERS, faults);
        table.number("number", (1, 9), faults);
        table.flag("flag", faults);
        table.texts("list", &LETTERS, faults);
        table.table("table", faults, |_, _| ());
        table.tables("tables", faults, |_, _| ());
        table.texts("lists", &LETTERS, faults);
    });
    assert_eq!(
        found,
        [
            "a.toml:1:8: error: `text` must be a string, not a whole number",
            "a.toml:2:10: error: `number` must be a whole number, not a string",
            "a.toml:3:8: error: `flag` must be `true` or `false`, not a date without quotes",
            "a.toml:4:8: error: `list` must be an array of strings, not a string",
            "a.toml:5:9: error: `table` must be a table, not an array",
            "a.toml:6:10: error: `tables` must be tables (`[[tables]]`), not a table",
            "a.toml:7:10: error: `lists` must be a string, not a whole number",
            "a.toml:7:13: error: `lists` must be letters, not `A`",
        ]
    );
}

#[test]
fn missing_and_out_of_bounds_values_are_reported() {
    let text = "low = 0\nhigh = 0x10\nnegative = -1\n[[list]]\nname = \"a\"\n[[list]]\n";
    let found = faults(text, |table, faults| {
        for key in ["low", "high", "negative"] {
            table.number(key, (1, 9), faults);
        }
        table.tables("list", faults, |table, faults| table.required_text("name", &LETTERS, faults));
    });
    assert_eq!(
        found,
        [
            "a.toml:1:7: error: `low` must be from 1 to 9",
            "a.toml:2:8: error: `high` must be from 1 to 9",
            "a.toml:3:12: error: `negative` must be from 1 to 9",
            "a.toml:6:1: error: `name` is missing",
        ]
    );
}

#[test]
fn duplicate_text_in_array_is_reported() {
    let found = faults("list = [\"a\", \"b\", \"a\"]\n", |table, faults| {
        table.texts("list", &LETTERS, faults);
    });
    assert_eq!(found, ["a.toml:1:19: error: `a` is twice in `list`"]);
}

#[test]
fn all_syntax_errors_are_reported_and_no_other_faults() {
    let found = faults("a = \nb = 1\nb = 2\nc = \"x\n", |_, _| panic!("a broken file should not be read"));
    let lines: Vec<&str> = found.iter().map(|fault| fault.split(": error").next().expect("a place")).collect();
    assert_eq!(lines, ["a.toml:1:5", "a.toml:3:1", "a.toml:4:7"], "{found:?}");
}

#[test]
fn message_stays_on_one_line() {
    let found = faults("text = \"a\\nb\\u001b[31m\"\n", |table, faults| {
        table.text("text", &LETTERS, faults);
    });
    assert_eq!(found, ["a.toml:1:8: error: `text` must be letters, not `a\\nb\\u{1b}[31m`"]);
}
