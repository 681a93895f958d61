// Reads the demo's audit trail from the ledger.

const PATIENCE_MS = 30_000;
const PAUSE_MS = 300;

// Looks until there is something: `look()` gives undefined for *not yet*. The queue takes its time.
export async function patiently(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not arrive within ${PATIENCE_MS / 1000} s`);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

// The text at a URL of the ledger.
export async function read(url) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${process.env.LEDGER_READ_TOKEN}` } });
  if (!response.ok) throw new Error(`the ledger answered ${response.status}: ${await response.text()}`);
  return response.text();
}

// The events since `from`, once the events of all the given traces have arrived.
export function auditEvents(ledger, from, traces) {
  const url = new URL("/audit/events", ledger);
  url.searchParams.set("from", from.toISOString());
  url.searchParams.set("limit", "1000");
  return patiently("the audit events", async () => {
    const lines = (await read(url)).split("\n").filter((line) => line !== "");
    const events = lines.map((line) => JSON.parse(line));
    const arrived = new Set(events.map((event) => event.session?.trace_id));
    return traces.every((trace) => arrived.has(trace)) ? events : undefined;
  });
}
