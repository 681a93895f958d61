// The MCP Inspector's command line: `node inspector.mjs URL PERSON PROGRAM FOLDER`
//
// PROGRAM is its own; it opens what BROWSER names, which is the scripted browser here. FOLDER stands in for the home of its user.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const [url, , program, folder] = process.argv.slice(2);
const env = { ...process.env, HOME: folder, MCP_AUTO_OPEN_ENABLED: "true", MCP_INSPECTOR_SECRET_STORE: "file" };

async function run(...method) {
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--cli", "--server-url", url, "--transport", "http", ...method], { env });
  return JSON.parse(stdout);
}

const call = async (...flags) => (await run("--method", "tools/call", "--tool-name", "test_simple_text", ...flags)).content[0].text;
const called = await call();
// A second process finds what the first has kept. By default it would ask again all the same: its command line is made for people.
const KEPT = "--stored-auth-only";
const { tools } = await run("--method", "tools/list", KEPT);
const visits = readFileSync(process.env.VISITS, "utf8").trim().split("\n").length;
process.stdout.write(`${JSON.stringify({ tools: tools.length, called, remembered: (await call(KEPT)) === called, visits })}\n`);
