// mcp-remote, which serves a remote MCP endpoint to clients that speak stdio only: `node mcp_remote.mjs URL PERSON PROGRAM FOLDER`
//
// PROGRAM is mcp-remote's own; it opens `xdg-open` of the PATH, which is the scripted browser here. FOLDER is for what it keeps.

import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [url, , program, folder] = process.argv.slice(2);
const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: folder };

async function run() {
  const client = new Client({ name: "sign-in", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [program, url], env, stderr: "inherit" }));
  const { tools } = await client.listTools();
  const result = await client.callTool({ name: "test_simple_text", arguments: {} });
  await client.close();
  return { tools: tools.length, called: result.content[0].text };
}

const first = await run();
// A second process finds what the first has kept, and asks nobody.
const second = await run();
const visits = readFileSync(process.env.VISITS, "utf8").trim().split("\n").length;
process.stdout.write(`${JSON.stringify({ ...first, remembered: second.called === first.called, visits })}\n`);
