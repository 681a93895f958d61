// The steps of the walk. Each prints its outcome, and fails if that is not the expected one.

import { randomBytes } from "node:crypto";

export const POLICY_REFUSED = -31403;
const UNKNOWN_TOOL = -32602;

export const say = (text = "") => process.stdout.write(`${text}\n`);
export const step = (text) => say(`  · ${text}`);
export const expect = (holds, what) => {
  if (!holds) throw new Error(`expected ${what}`);
};

// The traces of all calls, in order: the audit trail is complete once it has an event of each.
export const traces = [];
const newTrace = () => traces[traces.push(randomBytes(16).toString("hex")) - 1];

// A call's arguments and its outcome, on one line.
const LINE_CHARACTERS = 110;
const line = (text) => {
  const one = text.replace(/\s*\n\s*/g, " / ");
  return one.length <= LINE_CHARACTERS ? one : `${one.slice(0, LINE_CHARACTERS)}…`;
};
const shown = (result) => line(result.content[0]?.text ?? "");
const sameNames = (left, right) => JSON.stringify([...left].sort()) === JSON.stringify([...right].sort());

// Connects a person, who should see exactly these tools.
export async function arrive(person, tools) {
  const server = await person.connect();
  step(`connected with ${person.speaks}, to ${server?.title ?? server?.name ?? "Weir"}`);
  const seen = await person.toolNames();
  step(`sees ${seen.length} tools: ${seen.join(", ")}`);
  expect(sameNames(seen, tools), `${person.name} to see ${tools.join(", ")}`);
  return person;
}

// Calls and expects a result of the tool with this in its text; gives the trace.
export async function permitted(person, tool, argumentsOfCall, text) {
  const trace = newTrace();
  const result = await person.call(tool, argumentsOfCall, trace);
  step(`${tool} ${JSON.stringify(argumentsOfCall)} → ${shown(result)}`);
  expect(result.isError !== true, `${tool} to succeed`);
  expect(result.content[0]?.text?.includes(text), `${tool} to answer with "${text}"`);
  return trace;
}

// Reads a resource and expects this in its text; gives the trace.
export async function readable(person, uri, text) {
  const trace = newTrace();
  const { contents } = await person.read(uri, trace);
  step(`reads ${uri} → ${line(contents[0]?.text ?? "")}`);
  expect(contents[0]?.uri === uri && contents[0].text?.includes(text), `${uri} to say "${text}"`);
  return trace;
}

// Gets a prompt and expects this in its message; gives the trace.
export async function prompted(person, name, argumentsOfPrompt, text) {
  const trace = newTrace();
  const { messages } = await person.prompt(name, argumentsOfPrompt, trace);
  const said = messages[0]?.content?.text ?? "";
  step(`gets the prompt ${name} ${JSON.stringify(argumentsOfPrompt)} → ${line(said)}`);
  expect(said.includes(text), `${name} to ask for "${text}"`);
  return trace;
}

// Calls and expects that there is no such tool for this person; gives the trace.
export function unknown(person, tool, argumentsOfCall) {
  return refusal(`${tool} ${JSON.stringify(argumentsOfCall)}`, (trace) => person.call(tool, argumentsOfCall, trace), UNKNOWN_TOOL);
}

// Calls and expects a result with a refusal by policy for the model, with this text in it; gives the trace.
export async function refused(person, tool, argumentsOfCall, text) {
  const trace = newTrace();
  const result = await person.call(tool, argumentsOfCall, trace);
  const [said, forMachines] = [result.content[0]?.text ?? "", result._meta?.["dev.weir/refusal"]];
  step(`${tool} ${JSON.stringify(argumentsOfCall)} → refused: ${said}`);
  step(`  the reason, for machines: ${JSON.stringify(forMachines)}`);
  expect(result.isError === true && forMachines?.code === POLICY_REFUSED, `${tool} to be refused with ${POLICY_REFUSED}`);
  expect(said.includes(text), `the refusal of ${tool} to say "${text}"`);
  return trace;
}

// Reads and expects Weir's own refusal with this JSON-RPC code; gives the trace.
export function unreadable(person, uri, code) {
  return refusal(`reads ${uri}`, (trace) => person.read(uri, trace), code);
}

async function refusal(what, ask, code) {
  const trace = newTrace();
  const fault = await ask(trace).then(
    () => undefined,
    (error) => error,
  );
  expect(fault?.code === code, `${what} to be refused with ${code}, not ${fault === undefined ? "permitted" : `${fault.code} ${fault.message}`}`);
  // The legacy SDK puts the code before the message.
  const message = fault.message.replace(/^MCP error -\d+: /, "");
  step(`${what} → refused: ${message} (${code})`);
  if (fault.data !== undefined) step(`  the reason, for machines: ${JSON.stringify(fault.data)}`);
  return trace;
}
