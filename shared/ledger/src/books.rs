//! The books: one row per call that was sent to an origin, whatever it cost.
//!
//! The event's id is the row's primary key and the row is all that a charge consists of, so entering an event again changes
//! nothing: no delivery can charge twice, and there is no state between *seen* and *charged*. A conflict on the id is the
//! only one that is passed over (`ON CONFLICT (id) DO NOTHING`; `INSERT OR IGNORE` would drop broken rows unseen, too).
//!
//! Money is a decimal of at most nine digits after the point, kept as whole units and billionths of one: SQLite adds both
//! up exactly.

use audit::EventId;
use audit::cost::{DECIMALS, decimal};
use audit::time::date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

use ports::database::{Database, DatabaseError, Statement};

/// How many rows one statement takes: each is some 500 bytes, and a parameter has a bound.
const ROWS: usize = 200;

/// Of a name in the books, characters. The registry's are shorter.
const NAME: usize = 256;

/// From this amount on a charge is none: a thousand times the dearest call that a registry can describe.
const AMOUNT: i64 = 1_000_000_000_000_000;

const ENTER: &str = "\
INSERT INTO charges (id, day, team, project, virtual_server, origin, tool, currency, units, billionths, origin_ms, response_bytes)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),
       json_extract(value, '$[4]'), json_extract(value, '$[5]'), json_extract(value, '$[6]'), json_extract(value, '$[7]'),
       json_extract(value, '$[8]'), json_extract(value, '$[9]'), json_extract(value, '$[10]'), json_extract(value, '$[11]')
FROM json_each(?1) WHERE true
ON CONFLICT (id) DO NOTHING";

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The event's.
    pub id: EventId,
    /// Who pays.
    pub team: Option<String>,
    /// What they pay for.
    pub project: Option<String>,
    /// What the tool was called through.
    pub virtual_server: Option<String>,
    /// The MCP server.
    pub origin: Option<String>,
    /// The tool as clients see it.
    pub tool: Option<String>,
    /// Amount and ISO 4217 code; `None`: unpriced.
    pub price: Option<(Decimal, String)>,
    /// How long the origin took, milliseconds.
    pub origin_ms: u64,
    /// The answer's length.
    pub response_bytes: u64,
}

impl Charge {
    /// What an event has to do with the books; `None` when it charges nothing, as a refusal does.
    ///
    /// Members are taken as they are found: what is not text names nobody, and a cost that can't be read is unpriced, so
    /// that an odd event is seen in the reports and holds nothing up.
    #[must_use]
    pub fn of_event(id: &EventId, line: &str) -> Option<Self> {
        let event: Json = serde_json::from_str(line).ok()?;
        let cost = event.get("cost").filter(|cost| !cost.is_null())?;
        let name = |member: &str| Some(event.get(member)?.as_str()?.chars().take(NAME).collect());
        // Larger than any real one, and then exact in every host's numbers.
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

    /// As [`ENTER`] reads it.
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

/// Amount and currency of `{"amount":"0.002","currency":"USD"}`; `None` for `"unpriced"` and everything else.
fn price(cost: &Json) -> Option<(Decimal, String)> {
    let amount = decimal(cost.get("amount")?.as_str()?)?;
    let currency = cost.get("currency")?.as_str()?;
    let plausible = amount.normalize().scale() <= DECIMALS
        && amount < Decimal::from(AMOUNT)
        && currency.len() == 3
        && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    plausible.then(|| (amount.normalize(), currency.to_owned()))
}

/// Whole units and billionths of an amount that [`price`] has let through.
fn split(amount: Decimal) -> (i64, i64) {
    let billionths = amount.fract() * Decimal::from(1_000_000_000);
    (amount.trunc().to_i64().unwrap_or(0), billionths.to_i64().unwrap_or(0))
}

/// Enters every charge, in one transaction; what is there already stays as it is.
///
/// # Errors
/// The database's. Then it is open which of the charges are there, and all must be entered again.
pub async fn enter(database: &impl Database, charges: &[Charge]) -> Result<(), DatabaseError> {
    if charges.is_empty() {
        return Ok(());
    }
    let statements = charges.chunks(ROWS).map(|chunk| {
        let rows: Json = chunk.iter().map(Charge::row).collect();
        Statement::new(ENTER, [rows.to_string().as_str().into()])
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
    fn event_without_a_cost_is_not_booked() {
        assert_eq!(charge(r#""team":"support","cost":null"#), None, "a refusal charges nothing");
        assert_eq!(charge(r#""team":"support""#), None, "an event without the member neither");
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
    fn cost_that_cannot_be_read_is_unpriced_never_free() {
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
