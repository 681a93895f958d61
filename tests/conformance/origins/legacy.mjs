// A fixture origin of MCP 2025-11-25 with sessions, made with the official SDK 1.x: everything that the conformance scenarios of that
// revision call.
//
//   node legacy.mjs --port 8792
//
// Prints one JSON line when it serves and ends when its stdin closes.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { hostDoor, serve } from "../../demo/origins/front_door.mjs";
import { PROMPTS, RESOURCES, TEMPLATE, TOOLS, answer, completions, contentsOf, fromTemplate, nothing, pause, strings, tool } from "./content.mjs";
import { DEFAULTS, ENUMS } from "./forms.mjs";

const { values: options } = parseArgs({ options: { port: { type: "string", default: "8792" } } });

// Asks the client, on the stream of the call that this is about.
const elicit = (extra, message, requestedSchema) =>
  extra.sendRequest({ method: "elicitation/create", params: { mode: "form", message, requestedSchema } }, ElicitResultSchema);
const outcome = ({ action, content }) => answer(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);

const LEGACY_TOOLS = [
  tool("test_tool_with_logging", "Logs three times.", async (_, extra) => {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await extra.sendNotification({ method: "notifications/message", params: { level: "info", logger: "conformance", data } });
      await pause(50);
    }
    return answer("Done, with logging.");
  }),
  tool("test_tool_with_progress", "Says three times how far it is.", async (_, extra) => {
    const progressToken = extra._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await extra.sendNotification({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
      }
      if (progress < 100) await pause(50);
    }
    return answer("Done, with progress.");
  }),
  tool("test_sampling", "Asks the client's model.", async ({ prompt }, extra) => {
    const params = { messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 };
    const { content } = await extra.sendRequest({ method: "sampling/createMessage", params }, CreateMessageResultSchema);
    return answer(`LLM response: ${content.text}`);
  }, strings("prompt")),
  tool("test_elicitation", "Asks the user for a name and an address.", async ({ message }, extra) =>
    outcome(await elicit(extra, message, strings("username", "email"))), strings("message")),
  tool("test_elicitation_sep1034_defaults", "Asks with a default for everything.", async (_, extra) =>
    outcome(await elicit(extra, "Please look through these", DEFAULTS))),
  tool("test_elicitation_sep1330_enums", "Asks with each kind of choice.", async (_, extra) =>
    outcome(await elicit(extra, "Please choose", ENUMS))),
];

const ALL_TOOLS = [...TOOLS, ...LEGACY_TOOLS];
const found = (list, matches, what) => {
  const one = list.find(matches);
  if (one === undefined) throw new McpError(ErrorCode.InvalidParams, `Unknown ${what}`);
  return one;
};

function fixture() {
  const server = new Server(
    { name: "conformance-legacy", version: "1.0.0" },
    { capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} } },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: ALL_TOOLS.map(({ name, description, inputSchema = nothing }) => ({ name, description, inputSchema })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) =>
    found(ALL_TOOLS, ({ name }) => name === params.name, `tool: ${params.name}`).run(params.arguments ?? {}, extra));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: RESOURCES.map(({ uri, name, description, mimeType }) => ({ uri, name, description, mimeType })),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [TEMPLATE] }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id !== undefined) return fromTemplate(id);
    const resource = RESOURCES.find((one) => one.uri === uri);
    if (resource === undefined) throw new McpError(-32002, "Resource not found", { uri });
    return contentsOf(resource);
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: PROMPTS.map(({ name, description, arguments: names }) => ({
      name,
      description,
      arguments: names.map((argument) => ({ name: argument, required: true })),
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) =>
    found(PROMPTS, ({ name }) => name === params.name, `prompt: ${params.name}`).messages(params.arguments ?? {}));
  server.setRequestHandler(CompleteRequestSchema, ({ params: { argument } }) => ({ completion: { values: completions(argument.value) } }));
  return server;
}

const sessions = new Map();

// The session that a request names, or a new one for `initialize`.
async function session(request) {
  const id = request.headers["mcp-session-id"];
  if (id !== undefined) return sessions.get(id);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (made) => void sessions.set(made, transport),
    onsessionclosed: (closed) => void sessions.delete(closed),
  });
  await fixture().connect(transport);
  return transport;
}

const opens = hostDoor(() => true);
const server = createServer(async (request, response) => {
  if (!(await opens(request, response))) return;
  const transport = await session(request);
  if (transport !== undefined) return transport.handleRequest(request, response);
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } }));
});
serve(server, Number(options.port));
