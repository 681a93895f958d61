// Plays the main job with the official MCP client as three people, and fails when anything goes otherwise than it should.
//
//   LEDGER_READ_TOKEN=… node walk.mjs --gateway URL --ledger URL --idp URL

import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { exchangeJwtAuthGrant } from "@modelcontextprotocol/client";
import { auditEvents, costPerTeam } from "./audit_trail.mjs";
import { CLIENT, Person } from "./person.mjs";

const { values: places } = parseArgs({
  options: { gateway: { type: "string" }, ledger: { type: "string" }, idp: { type: "string" } },
});
const started = new Date();
const POLICY_REFUSED = -31403;
const UNKNOWN_TOOL = -32602;

const say = (text = "") => process.stdout.write(`${text}\n`);
const step = (text) => say(`  · ${text}`);
const expect = (holds, what) => {
  if (!holds) throw new Error(`expected ${what}`);
};
const sameNames = (left, right) => JSON.stringify([...left].sort()) === JSON.stringify([...right].sort());

// The traces of all calls, in order: the audit trail is complete once it has an event of each.
const traces = [];
const newTrace = () => traces[traces.push(randomBytes(16).toString("hex")) - 1];

const firstLine = (result) => (result.content[0]?.text ?? "").split("\n")[0];

async function arrive(name, team, tools) {
  say(`${name[0].toUpperCase()}${name.slice(1)}, team ${team}`);
  const person = new Person(name, { ...places, onStep: step });
  const server = await person.connect();
  step(`connected with MCP 2026-07-28 to ${server?.title ?? server?.name ?? "Weir"}`);
  const seen = await person.toolNames();
  step(`sees ${seen.length} tools: ${seen.join(", ")}`);
  expect(sameNames(seen, tools), `${name} to see ${tools.join(", ")}`);
  return person;
}

// Calls and expects a result of the tool; gives the trace.
async function permitted(person, tool, argumentsOfCall) {
  const trace = newTrace();
  const result = await person.call(tool, argumentsOfCall, trace);
  step(`${tool} ${JSON.stringify(argumentsOfCall)} → ${firstLine(result)}`);
  expect(result.isError !== true, `${tool} to succeed`);
  return trace;
}

// Calls and expects Weir's own refusal with this JSON-RPC code; gives the trace.
async function refused(person, tool, argumentsOfCall, code) {
  const trace = newTrace();
  const fault = await person.call(tool, argumentsOfCall, trace).then(
    () => undefined,
    (error) => error,
  );
  expect(fault?.code === code, `${tool} to be refused with ${code}, not ${fault === undefined ? "permitted" : `${fault.code} ${fault.message}`}`);
  step(`${tool} ${JSON.stringify(argumentsOfCall)} → refused: ${fault.message} (${code})`);
  if (fault.data !== undefined) step(`  the reason, for machines: ${JSON.stringify(fault.data)}`);
  return trace;
}

async function main() {
  const alice = await arrive("alice", "support", ["documents_search", "documents_read"]);
  const searched = await permitted(alice, "documents_search", { query: "refund within thirty days", limit: 1 });
  await refused(alice, "documents_delete", { id: "experiment-draft" }, UNKNOWN_TOOL);
  say();

  const bob = await arrive("bob", "support", ["documents_search", "documents_read"]);
  await permitted(bob, "documents_read", { id: "escalation" });
  say();

  const rotation = await fetch(new URL("/rotate", places.idp), { method: "POST" });
  say(`The identity provider changes its signing key: ${(await rotation.json()).kid}`);
  say();

  const carol = await arrive("carol", "research", ["documents_search", "documents_read", "documents_delete"]);
  await permitted(carol, "documents_delete", { id: "experiment-draft" });
  const forbidden = await refused(carol, "documents_delete", { id: "policy-travel" }, POLICY_REFUSED);
  say();

  say("Somebody who got hold of Alice's ID-JAG and the client's secret");
  const replay = await exchangeJwtAuthGrant({
    tokenEndpoint: new URL("/oauth/token", places.gateway),
    jwtAuthGrant: alice.assertion,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
  }).then(
    () => undefined,
    (error) => error,
  );
  expect(replay?.message.includes("invalid_grant"), "the second redemption to be refused");
  step(`redeems it again → refused: ${replay.message}`);
  say();

  say("What the audit trail says about Alice's search");
  const events = await auditEvents(places.ledger, started, traces);
  const search = events.find((event) => event.session?.trace_id === searched);
  say(JSON.stringify(search, null, 2).replace(/^/gm, "  "));
  expect(search.user?.subject === "alice" && search.tool === "documents_search" && search.decision?.effect === "permit", "the event to name who did what");
  const refusal = events.find((event) => event.session?.trace_id === forbidden);
  expect(refusal.decision?.rules?.includes("keep-policies"), "the event of the refusal to name the rule");
  expect(!JSON.stringify(events).includes("policy-travel"), "no argument's value in the trail that the registry doesn't allow");
  say();

  say("What it cost so far");
  for (const { team, calls, cost } of costPerTeam(events)) step(`${team}: ${calls} calls, ${cost}`);
  say();

  pasteLines(alice.accessToken);
  await Promise.all([alice, bob, carol].map((person) => person.close()));
}

function pasteLines(token) {
  const url = new URL("/mcp", places.gateway).href;
  const entry = { name: "weir", type: "http", url, headers: { Authorization: `Bearer ${token}` } };
  say("Your own client, as Alice for an hour (it has to speak MCP 2026-07-28)");
  say(`  Claude Code:  claude mcp add --transport http weir ${url} --header "Authorization: Bearer ${token}"`);
  say(`  VS Code:      code --add-mcp '${JSON.stringify(entry)}'`);
  say("  A fresh token: tests/node_modules/.bin/node tests/demo/token.mjs alice" + otherPlaces());
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
