// The official TypeScript client 1.x, which says `initialize` first: `node legacy.mjs URL` walks through and prints what it saw.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { filledIn, walk } from "./walk.mjs";

const client = new Client({ name: "conformance", version: "1.0.0" }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, ({ params }) => filledIn(params));
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await client.connect(transport);
await walk(client, transport.protocolVersion, (name, args, options) => client.callTool({ name, arguments: args }, undefined, options));
