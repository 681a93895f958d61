//! The books: one row per call that was sent to an origin, priced or not.
//!
//! The event's id is the row's primary key and a charge is exactly that row, so inserting an event again changes
//! nothing: no delivery can charge twice. Only a conflict on the id is ignored (`ON CONFLICT (id) DO NOTHING`);
//! `INSERT OR IGNORE` would also drop malformed rows silently.
//!
//! An amount has at most nine decimal places and is stored as whole units and billionths, which SQLite sums exactly.

use audit::EventId;
use audit::cost::{DECIMALS, decimal};
use audit::time::date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

use ports::database::{Database, DatabaseError, Statement};

/// Rows per statement: a row has about 500 bytes, and a parameter may have 1 MiB.
const ROWS: usize = 200;

/// The longest name in the books, characters; longer names are cut. Names in the registry have at most 63.
const NAME: usize = 256;

/// The smallest amount that is refused as a price, currency units: a thousand times the highest price of a registry.
const AMOUNT: i64 = 1_000_000_000_000_000;

/// Inserts the rows of the JSON array `?1`; its columns stand in the order of [`Charge::row`].
const INSERT: &str = "\
INSERT INTO charges (id, day, team, project, virtual_server, origin, tool, currency, units, billionths, origin_ms, response_bytes)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),
       json_extract(value, '$[4]'), json_extract(value, '$[5]'), json_extract(value, '$[6]'), json_extract(value, '$[7]'),
       json_extract(value, '$[8]'), json_extract(value, '$[9]'), json_extract(value, '$[10]'), json_extract(value, '$[11]')
FROM json_each(?1) WHERE true
ON CONFLICT (id) DO NOTHING";

/// One row of the books: a call that an origin received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The audit event's id (UUIDv7); its time decides the day that is charged.
    pub id: EventId,
    /// The team that pays; `None`: unassigned.
    pub team: Option<String>,
    /// The team's project; `None`: unassigned.
    pub project: Option<String>,
    /// The virtual server that exposed the tool.
    pub virtual_server: Option<String>,
    /// The origin's name in the registry.
    pub origin: Option<String>,
    /// The tool's exposed name.
    pub tool: Option<String>,
    /// Amount in currency units, at most nine decimal places, and ISO 4217 code; `None`: unpriced.
    pub price: Option<(Decimal, String)>,
    /// Duration of the origin's part of the call, milliseconds, at most 2^52.
    pub origin_ms: u64,
    /// Length of the response body, bytes, at most 2^52.
    pub response_bytes: u64,
}

impl Charge {
    /// The charge of an event; `None` for an event without `cost`, such as a refusal.
    ///
    /// Lenient, so that a malformed event appears in reports and blocks nothing: a name that is not text is `None`,
    /// and a cost that can't be read is unpriced.
    #[must_use]
    pub fn of_event(id: &EventId, line: &str) -> Option<Self> {
        let event: Json = serde_json::from_str(line).ok()?;
        let cost = event.get("cost").filter(|cost| !cost.is_null())?;
        let name = |member: &str| Some(event.get(member)?.as_str()?.chars().take(NAME).collect());
        // The bound keeps the number exact in JavaScript hosts (2^53 − 1).
        let count = |value: Option<&Json>| value.and_then(Json::as_u64).unwrap_or(0).min(1 << 52);
        Some(Self {
            id: id.clone(),
            team: name("team"),
            project: name("project"),
            virtual_server: name("virtual_server"),
            origin: name("origin"),
            tool: name("tool"),
            price: price(cost),
            origin_ms: count(event.pointer("/latency/origin_ms")),
            response_bytes: count(event.get("response_bytes")),
        })
    }

    /// The row as a JSON array, in the column order of [`INSERT`].
    fn row(&self) -> Json {
        let (units, billionths) = self.price.as_ref().map_or((0, 0), |(amount, _)| split(*amount));
        json!([
            self.id.as_str(),
            date(self.id.millis()),
            self.team,
            self.project,
            self.virtual_server,
            self.origin,
            self.tool,
            self.price.as_ref().map(|(_, currency)| currency),
            units,
            billionths,
            self.origin_ms,
            self.response_bytes,
        ])
    }
}

/// Amount and currency of `{"amount":"0.002","currency":"USD"}`; `None` for `"unpriced"` and any other form.
fn price(cost: &Json) -> Option<(Decimal, String)> {
    let amount = decimal(cost.get("amount")?.as_str()?)?;
    let currency = cost.get("currency")?.as_str()?;
    let plausible = amount.normalize().scale() <= DECIMALS
        && amount < Decimal::from(AMOUNT)
        && currency.len() == 3
        && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    plausible.then(|| (amount.normalize(), currency.to_owned()))
}

/// Whole units and billionths of an amount that [`price`] accepted.
fn split(amount: Decimal) -> (i64, i64) {
    let billionths = amount.fract() * Decimal::from(1_000_000_000);
    (amount.trunc().to_i64().unwrap_or(0), billionths.to_i64().unwrap_or(0))
}

/// Inserts every charge in one transaction; a charge whose id is in the books stays as it is.
///
/// # Errors
/// The database's. The transaction may have been committed all the same: insert all charges again.
pub async fn insert(database: &impl Database, charges: &[Charge]) -> Result<(), DatabaseError> {
    if charges.is_empty() {
        return Ok(());
    }
    let statements = charges.chunks(ROWS).map(|chunk| {
        let rows: Json = chunk.iter().map(Charge::row).collect();
        Statement::new(INSERT, [rows.to_string().as_str().into()])
    });
    database.write(statements.collect()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

    fn charge(members: &str) -> Option<Charge> {
        let id = EventId::parse(ID).expect("an id");
        Charge::of_event(&id, &format!(r#"{{"version":1,"id":"{ID}",{members}}}"#))
    }

    #[test]
    fn event_without_cost_is_not_booked() {
        assert_eq!(charge(r#""team":"support","cost":null"#), None, "a refusal should charge nothing");
        assert_eq!(charge(r#""team":"support""#), None, "an event without the member should charge nothing");
    }

    #[test]
    fn priced_event_is_booked_exactly() {
        let charge = charge(
            r#""team":"support","project":"helpdesk","origin":"documents","tool":"documents_search",
               "cost":{"amount":"1.000000001","currency":"USD"},"latency":{"weir_ms":1,"origin_ms":17},"response_bytes":9"#,
        )
        .expect("it should be booked");
        let row = charge.row();
        assert_eq!(
            row,
            json!([ID, "2022-02-22", "support", "helpdesk", null, "documents", "documents_search", "USD", 1, 1, 17, 9])
        );
    }

    #[test]
    fn unreadable_cost_is_unpriced_never_free() {
        for cost in [
            r#""unpriced""#,
            r#""free""#,
            "0",
            "{}",
            r#"{"amount":0.002,"currency":"USD"}"#,
            r#"{"amount":"-1","currency":"USD"}"#,
            r#"{"amount":"1e9","currency":"USD"}"#,
            r#"{"amount":"0.0000000001","currency":"USD"}"#,
            r#"{"amount":"1000000000000000","currency":"USD"}"#,
            r#"{"amount":"99999999999999999999999999999999","currency":"USD"}"#,
            r#"{"amount":"1","currency":"usd"}"#,
            r#"{"amount":"1","currency":"=1"}"#,
            r#"{"amount":"1"}"#,
        ] {
            let charge = charge(&format!(r#""team":5,"cost":{cost}"#)).expect("it should be booked all the same");
            assert_eq!((charge.price, charge.team), (None, None), "`{cost}` should be no price");
        }
    }

    #[test]
    fn largest_registry_amount_is_split_exactly() {
        let amount = decimal("33068999999999.999966931").expect("an amount");
        assert_eq!(split(amount), (33_068_999_999_999, 999_966_931), "units and billionths should be exact");
    }
}
