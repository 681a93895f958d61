// A demo origin: the official `@modelcontextprotocol/server-everything`, a legacy MCP server (2025-11-25) with sessions.
//
//   ORIGIN_EVERYTHING_SECRET=… node everything.mjs --port 8792
//
// The package listens on every interface, answers any page and any program, and has a tool that prints its environment. So its HTTP
// server is caught when it wants to listen and moved to loopback, behind a secret, in an empty environment. Prints one JSON line when
// it serves and ends when its stdin closes.

import { Server } from "node:http";
import { parseArgs } from "node:util";
import { secretDoor, secretOf, serve } from "./front_door.mjs";

const { values: options } = parseArgs({ options: { port: { type: "string", default: "8792" } } });
const opens = secretDoor("x-api-key", secretOf("everything"));
for (const name of Object.keys(process.env)) delete process.env[name];

// It prints about every request; the first line on stdout is ours.
console.log = () => {};

// An own property of this class, in front of the method that it inherits.
Server.prototype.listen = function listen() {
  delete Server.prototype.listen;
  const answers = this.listeners("request");
  this.removeAllListeners("request");
  this.on("request", async (request, response) => {
    if (await opens(request, response)) answers.forEach((answer) => answer.call(this, request, response));
  });
  serve(this, Number(options.port));
  return this;
};

await import("@modelcontextprotocol/server-everything/dist/transports/streamableHttp.js");
