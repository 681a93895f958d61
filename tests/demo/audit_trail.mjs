// Reads the demo's audit trail from the ledger and adds up what it cost.

const PATIENCE_MS = 30_000;
const PAUSE_MS = 300;

// The events since `from`, once the events of all the given traces have arrived: the queue takes its time.
export async function auditEvents(ledger, from, traces) {
  const url = new URL("/audit/events", ledger);
  url.searchParams.set("from", from.toISOString());
  url.searchParams.set("limit", "1000");
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${process.env.LEDGER_READ_TOKEN}` } });
    if (!response.ok) throw new Error(`the ledger answered ${response.status}: ${await response.text()}`);
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    const events = lines.map((line) => JSON.parse(line));
    const arrived = new Set(events.map((event) => event.session?.trace_id));
    if (traces.every((trace) => arrived.has(trace))) return events;
    if (Date.now() > deadline) throw new Error(`the audit events did not arrive within ${PATIENCE_MS / 1000} s`);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

// `[{ team, calls, cost }]` in the order of the teams' names; cost is decimal text per currency, added exactly.
export function costPerTeam(events) {
  const teams = new Map();
  for (const { team, method, cost } of events) {
    if (team === undefined || method !== "tools/call") continue;
    const sum = teams.get(team) ?? { calls: 0, currencies: new Map() };
    sum.calls += 1;
    if (cost?.amount !== undefined) {
      sum.currencies.set(cost.currency, add(sum.currencies.get(cost.currency) ?? "0", cost.amount));
    }
    teams.set(team, sum);
  }
  return [...teams].sort().map(([team, { calls, currencies }]) => ({
    team,
    calls,
    cost: [...currencies].map(([currency, amount]) => `${amount} ${currency}`).join(" + ") || "nothing",
  }));
}

// Adds two non-negative decimals without ever leaving the integers.
function add(left, right) {
  const places = Math.max(...[left, right].map((text) => (text.split(".")[1] ?? "").length));
  const scaled = (text) => {
    const [whole, fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(places, "0"));
  };
  const sum = (scaled(left) + scaled(right)).toString().padStart(places + 1, "0");
  return places === 0 ? sum : `${sum.slice(0, -places)}.${sum.slice(-places)}`;
}
