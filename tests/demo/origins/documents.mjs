// A demo origin: an MCP server (2026-07-28) that searches, reads and deletes the handbook in ../documents. Each document is a resource, too.
//
//   ORIGIN_DOCUMENTS_SECRET=… node documents.mjs --port 8790
//
// Answers only requests with the secret, which the gateway has. Deletes from memory, never from disk. Prints one JSON line when it serves and ends
// when its stdin closes.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, ResourceNotFoundError, ResourceTemplate, completable, createMcpHandler } from "@modelcontextprotocol/server";
import { z } from "zod";
import { secretDoor, secretOf, serve } from "./front_door.mjs";
import { FullText } from "./full_text.mjs";

const FOLDER = join(import.meta.dirname, "../documents");
const { values: options } = parseArgs({ options: { port: { type: "string", default: "8790" } } });
const opens = secretDoor("authorization", `Bearer ${secretOf("documents")}`);

const handbook = new FullText();
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".md")).sort()) {
  handbook.add(basename(file, ".md"), readFileSync(join(FOLDER, file), "utf8"));
}

const text = (content, structuredContent) => ({ content: [{ type: "text", text: content }], ...(structuredContent && { structuredContent }) });
const missing = (id) => ({ ...text(`There is no document \`${id}\`.`), isError: true });
const id = z.string().min(1).max(100).describe("the document's id, as search gives it");

// A fresh instance per request, as the stateless revision has it; only the handbook outlives a request.
function documentsServer() {
  const server = new McpServer({ name: "documents", title: "Company handbook", version: "1.0.0" });
  server.registerTool(
    "search",
    {
      title: "Search the handbook",
      description: "Finds documents of the company handbook by their words, best match first.",
      inputSchema: z.object({
        query: z.string().min(1).max(300).describe("the words to look for"),
        limit: z.number().int().min(1).max(10).default(5).describe("how many matches at most"),
      }),
      outputSchema: z.object({
        matches: z.array(z.object({ id: z.string(), title: z.string(), excerpt: z.string(), score: z.number() })),
      }),
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    },
    async ({ query, limit }) => {
      const matches = handbook.search(query, limit);
      const lines = matches.map((match) => `${match.id}: ${match.title} | ${match.excerpt}`);
      return text(lines.join("\n") || "No document has any of these words.", { matches });
    },
  );
  server.registerTool(
    "read",
    {
      title: "Read a document",
      description: "The whole text of one document of the handbook.",
      inputSchema: z.object({ id }),
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    },
    async ({ id }) => {
      const document = handbook.get(id);
      return document ? text(document.text) : missing(id);
    },
  );
  server.registerTool(
    "delete",
    {
      title: "Delete a document",
      description: "Removes one document of the handbook for everybody.",
      inputSchema: z.object({ id }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async ({ id }) => (handbook.remove(id) ? text(`Deleted \`${id}\`.`) : missing(id)),
  );
  const idsLike = (typed = "") => handbook.ids().filter((id) => id.startsWith(typed));
  const listed = () => ({ resources: handbook.ids().map((id) => ({ uri: `handbook://${id}`, name: id, title: handbook.get(id).title })) });
  server.registerResource(
    "document",
    new ResourceTemplate("handbook://{id}", { list: listed, complete: { id: idsLike } }),
    { title: "A document of the handbook", mimeType: "text/markdown" },
    async (uri, { id }) => {
      const document = handbook.get(id);
      if (!document) throw new ResourceNotFoundError(uri.href);
      return { contents: [{ uri: uri.href, mimeType: "text/markdown", text: document.text }] };
    },
  );
  server.registerPrompt(
    "summarise",
    {
      title: "Sum a document up",
      description: "Asks for one document of the handbook in three sentences.",
      // A schema of its own: `completable` marks the one it is given, once.
      argsSchema: z.object({ id: completable(id.describe("the document's id"), idsLike) }),
    },
    ({ id }) => ({ messages: [{ role: "user", content: { type: "text", text: `Read handbook://${id} and sum it up in three sentences.` } }] }),
  );
  return server;
}

const answer = toNodeHandler(createMcpHandler(documentsServer, { legacy: "reject" }));
const server = createServer(async (request, response) => {
  if (await opens(request, response)) answer(request, response);
});
serve(server, Number(options.port));
