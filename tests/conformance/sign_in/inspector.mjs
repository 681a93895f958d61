// The MCP Inspector's command line: `node inspector.mjs URL PERSON PROGRAM FOLDER [ISSUER]`
//
// PROGRAM is the path of the Inspector, which starts the scripted browser in BROWSER. FOLDER replaces its user's home.
// With the ISSUER of the company's identity provider it gets ID-JAGs by itself.

import { readFileSync } from "node:fs";
import { CLIENT } from "../../demo/sign_in.mjs";
import { Inspector } from "../../harness/inspector.mjs";

const [url, , program, home, issuer] = process.argv.slice(2);
const inspector = new Inspector({ program, url, home, identityProvider: issuer && { issuer, ...CLIENT } });

const call = async (...flags) => (await inspector.run("--method", "tools/call", "--tool-name", "test_simple_text", ...flags)).content[0].text;
const called = await call();
// A second process reuses the tokens of the first. Without this flag the command line signs in again.
const KEPT = "--stored-auth-only";
const { tools } = await inspector.run("--method", "tools/list", KEPT);
const visits = readFileSync(process.env.VISITS, "utf8").trim().split("\n").length;
process.stdout.write(`${JSON.stringify({ tools: tools.length, called, remembered: (await call(KEPT)) === called, visits })}\n`);
