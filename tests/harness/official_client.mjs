// Signs in with the official MCP client and an ID-JAG, lists, calls, is refused, and prints as JSON what it saw.
//
//   node official_client.mjs RESOURCE_URL ID_JAG CLIENT_ID CLIENT_SECRET

import { Client, CrossAppAccessProvider, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { steps } from "./official_steps.mjs";

const [resource, assertion, clientId, clientSecret] = process.argv.slice(2);
const url = new URL(resource);

const authProvider = new CrossAppAccessProvider({ assertion: () => assertion, clientId, clientSecret, expectedIssuer: url.origin });
const client = new Client({ name: "official", version: "1.0.0" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
await client.connect(new StreamableHTTPClientTransport(url, { authProvider }));
await steps(client);
