// Reads the demo's books from the ledger, and holds them against the audit trail.

import { patiently, read } from "./audit_trail.mjs";

const NO_CURRENCY = "XXX";

// `[{ team, currency, calls, amount }]` of the month of `from`, once the books agree with the events; calls without a price have the
// currency XXX and stand in a row of their own.
export function costPerTeam(ledger, from, events) {
  const url = new URL("/reports/costs", ledger);
  url.searchParams.set("month", from.toISOString().slice(0, 7));
  url.searchParams.set("by", "team");
  url.searchParams.set("format", "json");
  const expected = JSON.stringify(expectedRows(events));
  let last;
  return patiently("books that agree with the audit trail", async () => {
    const { rows } = JSON.parse(await read(url));
    const found = rows.map((row) => ({
      team: row.x_Team,
      currency: row.BillingCurrency,
      calls: row.x_Calls,
      amount: plain(row.BilledCost),
    }));
    found.sort(byTeam);
    last = JSON.stringify(found);
    return last === expected ? found : undefined;
  }).catch((error) => {
    throw new Error(`${error.message}: the trail has ${expected}, the books ${last}`);
  });
}

// The totals by the audit events, which the books must equal.
function expectedRows(events) {
  const rows = new Map();
  for (const { team, cost } of events) {
    if (cost === null || cost === undefined) continue;
    const { currency, amount } = cost === "unpriced" ? { currency: NO_CURRENCY, amount: "0" } : cost;
    const key = JSON.stringify([team, currency]);
    const row = rows.get(key) ?? { team, currency, calls: 0, amount: "0" };
    rows.set(key, { ...row, calls: row.calls + 1, amount: add(row.amount, amount) });
  }
  return [...rows.values()].sort(byTeam);
}

const byTeam = (left, right) => left.team.localeCompare(right.team) || left.currency.localeCompare(right.currency);

// Adds two non-negative decimals without ever leaving the integers.
function add(left, right) {
  const places = Math.max(...[left, right].map((text) => (text.split(".")[1] ?? "").length));
  const scaled = (text) => {
    const [whole, fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(places, "0"));
  };
  const sum = (scaled(left) + scaled(right)).toString().padStart(places + 1, "0");
  return plain(places === 0 ? sum : `${sum.slice(0, -places)}.${sum.slice(-places)}`);
}

// Without zeros at the end of a fraction.
const plain = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
