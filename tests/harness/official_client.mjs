// Signs in with the official MCP client and an ID-JAG, lists, calls, is refused, and prints as JSON what it saw.
//
//   node official_client.mjs RESOURCE_URL ID_JAG CLIENT_ID CLIENT_SECRET

import { Client, CrossAppAccessProvider, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [resource, assertion, clientId, clientSecret] = process.argv.slice(2);
const url = new URL(resource);

const authProvider = new CrossAppAccessProvider({ assertion: () => assertion, clientId, clientSecret, expectedIssuer: url.origin });
const transport = new StreamableHTTPClientTransport(url, { authProvider });
const client = new Client({ name: "official", version: "1.0.0" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
await client.connect(transport);

const error = (call) => call.then(() => null, ({ code, message }) => ({ code, message }));
const { tools } = await client.listTools();
const called = await client.callTool({ name: "documents_search", arguments: { query: "x", limit: 5 } });
const refused = await error(client.callTool({ name: "documents_search", arguments: { query: "x", limit: 500 } }));
const hidden = await error(client.callTool({ name: "documents_delete", arguments: { id: "7" } }));
await client.close();

process.stdout.write(JSON.stringify({ tools: tools.map(({ name }) => name), called, refused, hidden }));
