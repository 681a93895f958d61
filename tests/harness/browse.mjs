// The scripted browser as a program, for clients that open one: `node browse.mjs PERSON URL [CALLBACK]`
//
// Signs PERSON in at URL and follows it to its end, the client's own listener. With CALLBACK it stops there instead and prints the URL.
// A line for each visit goes to the file that VISITS names.

import { appendFileSync } from "node:fs";
import { ScriptedBrowser } from "./scripted_browser.mjs";

const [person, url, callback] = process.argv.slice(2);
if (process.env.VISITS) appendFileSync(process.env.VISITS, `${url}\n`);
const end = await new ScriptedBrowser().signIn(url, person, callback);
if (callback !== undefined) process.stdout.write(`${end.href}\n`);
else if (end.status !== 200) {
  process.stderr.write(`the browser ended at ${end.url} with ${end.status}: ${end.body.slice(0, 500)}\n`);
  process.exitCode = 1;
}
