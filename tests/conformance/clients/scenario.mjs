// Plays one client scenario of the conformance suite through Weir, so that Weir's origin leg is what the scenario's server sees.
//
//   node scenario.mjs URL_OF_WEIR PORT SCENARIO_URL
//
// The registry says that the origin listens at PORT: what arrives there is passed on, byte by byte, to the scenario's own server, which
// is another one each time. The suite appends SCENARIO_URL and says in the environment which scenario and revision it is.

import { connect, createServer } from "node:net";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const [weir, port, scenario] = process.argv.slice(2);
const { MCP_CONFORMANCE_SCENARIO: name, MCP_CONFORMANCE_PROTOCOL_VERSION: version, MCP_CONFORMANCE_CONTEXT: context } = process.env;

const forwarder = createServer((socket) => {
  const server = connect(Number(new URL(scenario).port), "localhost");
  for (const [one, other] of [[socket, server], [server, socket]]) {
    one.pipe(other);
    one.on("error", () => other.destroy());
  }
});
await new Promise((listening) => forwarder.listen(Number(port), "127.0.0.1", listening));

// A client of the scenario's revision, whose user accepts everything with all defaults.
async function connected() {
  const info = { name: "conformance", version: "1.0.0" };
  const accepted = (properties) => ({ action: "accept", content: "confirmed" in properties ? { confirmed: true } : {} });
  if (version === "2026-07-28") {
    const client = new ModernClient(info, { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: { pin: version } } });
    client.setRequestHandler("elicitation/create", ({ params }) => accepted(params.requestedSchema.properties));
    await client.connect(new ModernTransport(new URL(weir)));
    return client;
  }
  const client = new LegacyClient(info, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => accepted(params.requestedSchema.properties));
  await client.connect(new LegacyTransport(new URL(weir)));
  return client;
}

const call = (client, tool, args = {}) => client.callTool({ name: tool, arguments: args });
const calls = (...tools) => async (client) => {
  await client.listTools();
  for (const tool of tools) await call(client, tool);
};

// The client's requests in each scenario; by default it lists the tools.
const SCENARIOS = {
  tools_call: async (client) => {
    await client.listTools();
    await call(client, "add_numbers", { a: 5, b: 3 });
  },
  "elicitation-sep1034-client-defaults": calls("test_client_elicitation_defaults"),
  "sse-retry": calls("test_reconnection"),
  "sep-2322-client-request-state": async (client) => {
    await calls("test_mrtr_echo_state", "test_mrtr_unrelated", "test_mrtr_no_state")(client);
    // Weir passes a result without `resultType` on as it is, and this client insists on one.
    await call(client, "test_mrtr_no_result_type").catch(({ code }) => code === "INVALID_RESULT" || process.exit(1));
  },
  "http-standard-headers": async (client) => {
    await calls("test_headers", "my-hyphenated-tool")(client);
    for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
    for (const { name: prompt } of (await client.listPrompts()).prompts) await client.getPrompt({ name: prompt });
  },
  "http-custom-headers": async (client) => {
    await client.listTools();
    for (const { name: tool, arguments: args } of JSON.parse(context).toolCalls) await call(client, tool, args);
  },
  "http-invalid-tool-headers": async (client) => {
    for (const { name: tool } of (await client.listTools()).tools) await call(client, tool, { region: "us-west1" });
  },
  "json-schema-2020-12-preservation": async (client) => {
    const { tools } = await client.listTools();
    const { inputSchema } = tools.find(({ name: tool }) => tool === "json_schema_2020_12_tool");
    await call(client, "json_schema_echo", { schema: inputSchema });
  },
};

const client = await connected();
await (SCENARIOS[name] ?? ((connection) => connection.listTools()))(client);
await client.close();
process.exit(0);
