// The official TypeScript client 2.x, which speaks 2026-07-28: `node modern.mjs URL` walks through and prints what it saw.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { filledIn, walk } from "./walk.mjs";

const client = new Client(
  { name: "conformance", version: "1.0.0" },
  { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: { pin: "2026-07-28" } } },
);
client.setRequestHandler("elicitation/create", ({ params }) => filledIn(params));
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
await walk(client, client.getNegotiatedProtocolVersion(), (name, args, options) => client.callTool({ name, arguments: args }, options));
