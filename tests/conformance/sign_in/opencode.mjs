// opencode: `node opencode.mjs URL PERSON PROGRAM FOLDER`
//
// PROGRAM is its own; it opens what BROWSER names, which is the scripted browser here. FOLDER stands in for the home of its user. It
// calls tools only where a model asks for it, so it connects and lists them.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const [url, , program, folder] = process.argv.slice(2);
mkdirSync(join(folder, "home"), { recursive: true });
writeFileSync(join(folder, "opencode.json"), JSON.stringify({ mcp: { weir: { type: "remote", url } } }));
const env = { ...process.env, HOME: join(folder, "home"), NO_COLOR: "1" };
for (const name of ["CACHE", "CONFIG", "DATA", "STATE"]) delete env[`XDG_${name}_HOME`];

const run = async (...words) => (await promisify(execFile)(program, ["mcp", ...words], { env, cwd: folder })).stdout;

const signedIn = (await run("auth", "weir")).includes("Authentication successful");
// A second process finds what the first has kept, and asks nobody.
const listed = await run("list");
const visits = readFileSync(process.env.VISITS, "utf8").trim().split("\n").length;
process.stdout.write(`${JSON.stringify({ signedIn, remembered: /✓\s+weir\b.*connected/s.test(listed), visits })}\n`);
