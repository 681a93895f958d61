// A demo origin: an MCP server (2026-07-28) with everybody's days of leave. It knows nothing of Weir: it accepts access
// tokens (RFC 9068) of the company's identity provider, each for one person, and shows only that person's days.
//
//   node leave.mjs --port 8793 --idp http://127.0.0.1:8789
//
// Prints one JSON line when it serves and ends when its stdin closes.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import { z } from "zod";
import { PublishedKeys } from "../published_keys.mjs";
import { hostDoor, serve } from "./front_door.mjs";

const DAYS_A_YEAR = 30;
const SCOPE = "leave";
const { values: options } = parseArgs({
  options: { port: { type: "string", default: "8793" }, idp: { type: "string", default: "http://127.0.0.1:8789" } },
});
const me = `http://127.0.0.1:${options.port}/mcp`;

const taken = new Map();
const left = (person) => DAYS_A_YEAR - (taken.get(person) ?? 0);
const text = (content, structuredContent) => ({ content: [{ type: "text", text: content }], ...(structuredContent && { structuredContent }) });
const personOf = (context) => context.http.authInfo.extra.subject;
const told = (person) => text(`${person} has ${left(person)} days of leave left.`, { days: left(person) });
const outputSchema = z.object({ days: z.number().int() });

// A fresh instance per request, as the stateless revision has it; only the days outlive a request.
function leaveServer() {
  const server = new McpServer({ name: "leave", title: "Leave", version: "1.0.0" });
  server.registerTool(
    "balance",
    {
      title: "Days of leave left",
      description: "The caller's remaining days of leave this year.",
      inputSchema: z.object({}),
      outputSchema,
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    },
    async (_arguments, context) => told(personOf(context)),
  );
  server.registerTool(
    "request",
    {
      title: "Request leave",
      description: "Takes days of leave for the caller.",
      inputSchema: z.object({ days: z.number().int().min(1).max(DAYS_A_YEAR).describe("how many days") }),
      outputSchema,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    },
    async ({ days }, context) => {
      const person = personOf(context);
      if (days > left(person)) return { ...text(`${person} has only ${left(person)} days left.`), isError: true };
      taken.set(person, (taken.get(person) ?? 0) + days);
      return told(person);
    },
  );
  return server;
}

const keys = new PublishedKeys(new URL("/jwks", options.idp), "ES256");

// True for a request with the identity provider's access token for this server.
async function isOfAPerson(request) {
  try {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const { iss, aud, exp, sub, client_id: clientId, scope } = await keys.open(token, "at+jwt");
    if (iss !== new URL(options.idp).origin || aud !== me || !(exp > Date.now() / 1000) || scope !== SCOPE) return false;
    request.auth = { token, clientId, scopes: [scope], extra: { subject: sub } };
    return true;
  } catch {
    return false;
  }
}

const door = hostDoor(isOfAPerson, "this origin takes access tokens of the company's identity provider only");
const answer = toNodeHandler(createMcpHandler(leaveServer, { legacy: "reject" }));
const server = createServer(async (request, response) => {
  if (await door(request, response)) answer(request, response);
});
serve(server, Number(options.port));
