// A demo origin: an MCP server (2026-07-28) with the tickets of a help desk, to list, open, close and delete.
//
//   node tickets.mjs --port 8791 --gateway http://127.0.0.1:8787
//
// Takes the person who opens or closes a ticket from Weir's signed identity, and refuses requests without one. Prints one JSON line when it serves
// and ends when its stdin closes.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import { z } from "zod";
import { hostDoor, serve } from "./front_door.mjs";
import { HEADER, SignedIdentities } from "./signed_identity.mjs";
import { TicketBook } from "./ticket_book.mjs";

const BODY_BYTES = 1024 * 1024;
const { values: options } = parseArgs({
  options: { port: { type: "string", default: "8791" }, gateway: { type: "string", default: "http://127.0.0.1:8787" } },
});

const book = new TicketBook();
const text = (content, structuredContent) => ({ content: [{ type: "text", text: content }], ...(structuredContent && { structuredContent }) });
const missing = (id) => ({ ...text(`There is no such ticket \`${id}\` to do that with.`), isError: true });
const id = z.string().min(1).max(20).describe("the ticket's id, such as T-1");
const line = (ticket) => `${ticket.id} (${ticket.status}) ${ticket.subject}, from ${ticket.opened_by}`;
const sender = (context) => context.http.authInfo.extra.subject;

// A fresh instance per request, as the stateless revision has it; only the book outlives a request.
function ticketsServer() {
  const server = new McpServer({ name: "tickets", title: "Help desk tickets", version: "1.0.0" });
  server.registerTool(
    "list",
    {
      title: "List tickets",
      description: "The tickets of the help desk, oldest first.",
      inputSchema: z.object({ status: z.enum(["open", "closed"]).optional().describe("only those; all without it") }),
      outputSchema: z.object({
        tickets: z.array(z.object({ id: z.string(), subject: z.string(), status: z.string(), opened_by: z.string() }).loose()),
      }),
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    },
    async ({ status }) => {
      const tickets = book.list(status);
      return text(tickets.map(line).join("\n") || "There are none.", { tickets });
    },
  );
  server.registerTool(
    "open",
    {
      title: "Open a ticket",
      description: "Writes a new ticket in the name of whoever calls.",
      inputSchema: z.object({ subject: z.string().min(1).max(200).describe("one sentence that says what is wrong") }),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    },
    async ({ subject }, context) => text(line(book.open(subject, sender(context)))),
  );
  server.registerTool(
    "close",
    {
      title: "Close a ticket",
      description: "Closes an open ticket with an answer to whoever opened it.",
      inputSchema: z.object({ id, answer: z.string().min(1).max(2000).describe("what the sender reads") }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    },
    async ({ id, answer }, context) => {
      const ticket = book.close(id, answer, sender(context));
      return ticket ? text(`${line(ticket)}, closed by ${ticket.closed_by}`) : missing(id);
    },
  );
  server.registerTool(
    "delete",
    {
      title: "Delete a ticket",
      description: "Removes a ticket for good, with everything that was said in it.",
      inputSchema: z.object({ id }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async ({ id }) => (book.delete(id) ? text(`Deleted \`${id}\`.`) : missing(id)),
  );
  return server;
}

async function whole(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const answer = toNodeHandler(createMcpHandler(ticketsServer, { legacy: "reject" }));
const identities = new SignedIdentities({ gateway: options.gateway, audience: `http://127.0.0.1:${options.port}/mcp` });
const comesThroughWeir = hostDoor(async (request) => {
  try {
    const body = await whole(request);
    const { sub, client_id: clientId } = await identities.open(request.headers[HEADER], body);
    request.auth = { token: "", clientId, scopes: [], extra: { subject: sub } };
    request.body = JSON.parse(body.toString("utf8"));
    return true;
  } catch {
    return false;
  }
});

const server = createServer(async (request, response) => {
  if (await comesThroughWeir(request, response)) answer(request, response, request.body);
});
serve(server, Number(options.port));
