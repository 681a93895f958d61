// Runs the main scenario with official MCP clients as five people, and fails if a result is not the expected one.
//
//   LEDGER_READ_TOKEN=… node walk.mjs --gateway URL --ledger URL --idp URL --tickets URL --leave URL --registry FOLDER \
//       --read-token FILE --inspector PROGRAM --inspector-home FOLDER [--chromium PROGRAM --pictures FOLDER] -- WEIR [ARGUMENT…]
//
// FILE has the same token, for the line that shows how to read the costs again. Without Chromium nobody signs in through a browser.
//
// The arguments after `--` run the weir command.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exchangeJwtAuthGrant } from "@modelcontextprotocol/client";
import { auditEvents } from "./audit_trail.mjs";
import { costPerTeam } from "./books.mjs";
import { Browser } from "./browser.mjs";
import { BrowserPerson } from "./browser_person.mjs";
import { InspectorPerson } from "./inspector_person.mjs";
import { LegacyPerson } from "./legacy_person.mjs";
import { Person } from "./person.mjs";
import { CLIENT } from "./sign_in.mjs";
import { POLICY_REFUSED, arrive, expect, permitted, prompted, readable, refused, say, step, traces, unknown, unreadable } from "./steps.mjs";

const { values: places, positionals: weir } = parseArgs({
  allowPositionals: true,
  options: {
    gateway: { type: "string" },
    ledger: { type: "string" },
    idp: { type: "string" },
    tickets: { type: "string" },
    leave: { type: "string" },
    inspector: { type: "string" },
    "inspector-home": { type: "string" },
    registry: { type: "string" },
    "read-token": { type: "string" },
    chromium: { type: "string" },
    pictures: { type: "string" },
  },
});
const started = new Date();
const asPerson = { ...places, onStep: step };

const SUPPORT = ["documents_search", "documents_read", "tickets_list", "tickets_open", "close_ticket", "calculator_add", "leave_balance", "leave_request"];
const RESEARCH = ["documents_search", "documents_read", "documents_delete", "tickets_list", "tickets_delete", "weather", "long_job"];
const COMPLAINT = "The refund of order 1007 has not arrived";
const ANSWER = "Sent again today.";

async function main() {
  say("Alice, team support: one virtual server, tools of four origins");
  const alice = await arrive(new Person("alice", asPerson), SUPPORT);
  const searched = await permitted(alice, "documents_search", { query: "refund within thirty days", limit: 1 }, "refunds: ");
  await permitted(alice, "tickets_open", { subject: COMPLAINT }, "from alice");
  const pages = await alice.resourceUris();
  step(`sees ${pages.length} resources, ${pages[0]} the first`);
  expect(pages.includes("handbook://refunds"), "the handbook's pages to be Alice's resources");
  const read = await readable(alice, "handbook://refunds", "thirty days");
  await prompted(alice, "documents_summarise", { id: "refunds" }, "handbook://refunds");
  const unread = await unreadable(alice, "handbook://experiment-notes", POLICY_REFUSED);
  await permitted(alice, "leave_balance", {}, "alice has 30 days");
  await unknown(alice, "documents_delete", { id: "experiment-draft" });
  await unknown(alice, "everything_get-env", {});
  say();

  say("Bob, team support: a legacy client at the same address, and the last tool is a legacy origin's");
  const bob = await arrive(new LegacyPerson("bob", asPerson), SUPPORT);
  await permitted(bob, "documents_read", { id: "escalation" }, "duty manager");
  await readable(bob, "handbook://escalation", "duty manager");
  await permitted(bob, "tickets_list", { status: "open" }, `T-4 (open) ${COMPLAINT}, from alice`);
  const closed = await permitted(bob, "close_ticket", { id: "T-4", answer: ANSWER }, "closed by bob");
  await permitted(bob, "calculator_add", { a: 19, b: 23 }, "is 42");
  await permitted(bob, "leave_request", { days: 12 }, "bob has 18 days");
  await unknown(bob, "tickets_delete", { id: "T-4" });
  say();

  const rotation = await fetch(new URL("/rotate", places.idp), { method: "POST" });
  say(`The identity provider changes its signing key: ${(await rotation.json()).kid}`);
  say();

  say("Carol, team research: another virtual server, with destructive tools");
  const carol = await arrive(new Person("carol", asPerson), RESEARCH);
  await permitted(carol, "documents_delete", { id: "experiment-draft" }, "Deleted");
  const forbidden = await refused(carol, "documents_delete", { id: "policy-travel" }, "policies stay");
  await permitted(carol, "tickets_delete", { id: "T-3" }, "Deleted");
  await permitted(carol, "weather", { location: "Chicago" }, "temperature");
  await permitted(carol, "long_job", { duration: 1, steps: 2 }, "completed");
  await refused(carol, "long_job", { duration: 600 }, "at most 5 s");
  say();

  const dave = await throughBrowser();

  say("Erin, team support: an MCP client that gets its ID-JAG by itself");
  const erin = await arrive(new InspectorPerson("erin", { ...places, program: places.inspector, home: places["inspector-home"], browse: scriptedBrowser("erin") }), SUPPORT);
  const asked = await permitted(erin, "leave_request", { days: 1 }, "erin has 29 days");
  say();

  say("An attacker, with a stolen ID-JAG and the client's secret");
  await replay(alice.assertion, "Alice's ID-JAG and the client's secret");
  await replay(bob.assertion, "that of Bob's legacy client");
  await directCall("tickets", alice.accessToken);
  await directCall("leave", alice.accessToken);
  say();

  say("Why may Carol not delete that document? `weir explain` says");
  explain();
  say();

  say("What the audit trail says about Alice's search");
  const events = await auditEvents(places.ledger, started, traces);
  const about = (trace) => events.find((event) => event.session?.trace_id === trace);
  const search = about(searched);
  for (const [member, value] of Object.entries(search)) say(`  ${member}: ${JSON.stringify(value)}`);
  expect(search.user?.subject === "alice" && search.tool === "documents_search" && search.decision?.effect === "permit", "the event to name who did what");
  // The Inspector lists within the same trace before it calls.
  const calledByErin = events.some(({ session, user, origin }) => session?.trace_id === asked && user?.subject === "erin" && origin === "leave");
  expect(calledByErin, "the event of the Inspector's call to name Erin");
  expect(about(closed).user?.subject === "bob" && about(closed).tool === "close_ticket", "the event of a legacy client's call to say the same");
  expect(about(read).resource_uri === "handbook://refunds" && about(read).method === "resources/read", "the event of a read to name the resource");
  expect(about(unread).decision?.rules?.includes("experiments-as-resources"), "the event of a read that is refused to name the rule");
  expect(about(forbidden).decision?.rules?.includes("keep-policies"), "the event of the refusal to name the rule");
  const written = JSON.stringify(events);
  expect(!written.includes(ANSWER) && !written.includes(COMPLAINT), "no argument's value in the trail that the registry doesn't allow");
  expect(about(forbidden).arguments?.members?.id?.value === "policy-travel", "the value that the registry allows for a destructive tool");
  say();

  const month = started.toISOString().slice(0, 7);
  say(`What it cost, by team, in ${month}: ${new URL("/reports/costs", places.ledger)}`);
  step(`cargo weir cost report --url ${places.ledger} --token-file ${places["read-token"]} --month ${month}`);
  const rows = await costPerTeam(places.ledger, started, events);
  for (const { team, calls, currency, amount } of rows) {
    step(`${team}: ${calls} ${calls === 1 ? "call" : "calls"}, ${currency === "XXX" ? "not priced yet" : `${amount} ${currency}`}`);
  }
  expect(rows.some(({ team }) => team === "support") && rows.some(({ team }) => team === "research"), "both teams in the books");
  expect(rows.some(({ team, currency }) => team === "research" && currency === "XXX"), "the weather to stand there as unpriced");
  say();

  pasteLines();
  await Promise.all([alice, bob, carol, dave].map((person) => person?.close()));
}

// The command line of a browser without a screen that signs `person` in.
const scriptedBrowser = (person) => `${process.execPath} ${fileURLToPath(new URL("../harness/browse.mjs", import.meta.url))} ${person}`;

// Dave's client doesn't speak ID-JAG and knows nothing but the URL; a real Chromium signs him in.
async function throughBrowser() {
  say("Dave, team support: a client that knows only the URL, and a browser");
  if (places.chromium === undefined) {
    step("left out: there is no Chromium here; CHROMIUM can name one");
    say();
    return undefined;
  }
  const browser = await Browser.start({ executable: places.chromium, pictures: places.pictures, onStep: step });
  try {
    step(`Chromium ${browser.version}`);
    const told = await browser.look(new URL("/mcp", places.gateway), "connect");
    expect(told.includes(`claude mcp add --transport http weir ${new URL("/mcp", places.gateway)}`), "the page at /mcp to have the line for each client");
    const dave = await arrive(new BrowserPerson("dave", { ...asPerson, browser }), SUPPORT);
    expect(browser.question.includes("Weir demo"), "the consent page to name the client");
    await permitted(dave, "tickets_list", { status: "open" }, "(open)");
    await permitted(dave, "documents_read", { id: "refunds" }, "thirty days");
    step(`pictures of the pages: ${places.pictures}`);
    await disabled(dave);
    say();
    return dave;
  } finally {
    await browser.close();
  }
}

// A person who is disabled at the identity provider gets no new token, neither for a refresh token nor in a new sign-in.
async function disabled(person) {
  const turn = (what) => fetch(new URL(`/people/${person.name}/${what}`, places.idp), { method: "POST" });
  await turn("disable");
  // As when it has expired.
  person.provider.spoil();
  const fault = await person.call("tickets_list", { status: "open" }, randomBytes(16).toString("hex")).then(
    () => undefined,
    (error) => error,
  );
  await turn("enable");
  expect(fault?.message.includes("can't sign in here"), `a disabled person to get no new token, not ${fault?.message ?? "an answer"}`);
  step(`is disabled at the identity provider; the next refresh is refused, and so is a new sign-in: ${fault.message}`);
}

// Redeems an ID-JAG that was redeemed before.
async function replay(assertion, whose) {
  const fault = await exchangeJwtAuthGrant({
    tokenEndpoint: new URL("/oauth/token", places.gateway),
    jwtAuthGrant: assertion,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
  }).then(
    () => undefined,
    (error) => error,
  );
  expect(fault?.message.includes("invalid_grant"), "the second redemption to be refused");
  step(`redeems ${whose} again → refused: ${fault.message}`);
}

// Calls an origin without Weir, with a token that is good at Weir.
async function directCall(origin, token) {
  const response = await fetch(new URL("/mcp", places[origin]), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "delete", arguments: {} } }),
  });
  expect(response.status === 401, `the origin to refuse a call that did not come through Weir, not ${response.status}`);
  step(`calls the origin \`${origin}\` directly with Alice's token → ${response.status}: ${(await response.json()).error}`);
}

// One question to the registry as it is in the folder: no gateway is asked.
function explain() {
  const question = ["explain", places.registry, "--user", `${places.idp}|carol`, "--agent", CLIENT.id, "--group", "research"];
  question.push("--tool", "documents_delete", "--action", "call", "--arguments", JSON.stringify({ id: "policy-travel" }));
  const ask = (format) => {
    const { status, stdout, stderr } = spawnSync(weir[0], [...weir.slice(1), ...question, "--format", format], { encoding: "utf8" });
    expect(status === 3, `weir explain to end with 3, a refusal, not ${status}: ${stderr}`);
    return stdout;
  };
  say(ask("sentence").trim().replace(/^/gm, "  "));
  const { tools } = JSON.parse(ask("json"));
  expect(tools.length === 1 && tools[0].call.rules.some(({ id }) => id === "keep-policies"), "weir explain to name the rule");
}

function pasteLines() {
  const url = new URL("/mcp", places.gateway).href;
  say("Your own client: it needs the URL only. Sign in as alice, bob, carol, dave or erin, with any password");
  say(`  Claude Code:  claude mcp add --transport http weir ${url}`);
  say(`  VS Code:      code --add-mcp '${JSON.stringify({ name: "weir", type: "http", url })}'`);
  say("  An access token: tests/node_modules/.bin/node tests/demo/token.mjs alice" + otherPlaces());
  say();
}

function otherPlaces() {
  const usual = places.gateway === "http://127.0.0.1:8787" && places.idp === "http://127.0.0.1:8789";
  return usual ? "" : ` --gateway ${places.gateway} --idp ${places.idp}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\nthe walk failed: ${error.message}\n`);
  process.exitCode = 1;
}
