// A fixture origin of MCP 2026-07-28, made with the official SDK 2.x: everything that the conformance scenarios of that revision call.
//
//   node modern.mjs --port 8791
//
// Prints one JSON line when it serves and ends when its stdin closes.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, ProtocolError, ResourceTemplate, completable, createMcpHandler, fromJsonSchema } from "@modelcontextprotocol/server";
import { z } from "zod";
import { hostDoor, serve } from "../../demo/origins/front_door.mjs";
import { PROMPTS, RESOURCES, TEMPLATE, TOOLS, answer, completions, contentsOf, fromTemplate, pause, tool } from "./content.mjs";
import { INPUT_PROMPT, INPUT_TOOLS, requestState } from "./input_required.mjs";
import { TASKS, TASK_TOOLS, serveTasks } from "./tasks.mjs";

const { values: options } = parseArgs({ options: { port: { type: "string", default: "8791" } } });
const progress = (context, reached) => {
  const progressToken = context.mcpReq._meta?.progressToken;
  return progressToken === undefined ? undefined : context.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress: reached, total: 100 } });
};

// The tools that need this era, or the handler around them.
const MODERN_TOOLS = [
  tool("test_tool_with_progress", "Says three times how far it is.", async (_, context) => {
    for (const reached of [0, 50, 100]) {
      await progress(context, reached);
      if (reached < 100) await pause(50);
    }
    return answer("Done, with progress.");
  }),
  tool("test_logging_tool", "Logs, to whoever asked for it.", async (_, context) => {
    await context.mcpReq.log("info", "Tool execution started");
    return answer("Logged.");
  }),
  tool("test_trigger_tool_change", "Says that the list of tools has changed.", () => (handler.notify.toolsChanged(), answer("Said."))),
  tool("test_trigger_prompt_change", "Says that the list of prompts has changed.", () => (handler.notify.promptsChanged(), answer("Said."))),
  tool("test_trigger_resource_change", "Says that the watched resource has changed.", () => (
    handler.notify.resourceUpdated("test://watched-resource"), answer("Said.")
  )),
  tool("test_custom_header", "Has an argument that travels in a header, too.", ({ region }) => answer(`The region is ${region}.`), {
    type: "object",
    properties: { region: { type: "string", "x-mcp-header": "Region" } },
    required: ["region"],
  }),
];

const ALL_TOOLS = [...TOOLS, ...MODERN_TOOLS, ...INPUT_TOOLS, ...TASK_TOOLS];
const ALL_PROMPTS = [...PROMPTS, INPUT_PROMPT];
const CACHE = { ttlMs: 1000, cacheScope: "public" };

// A fresh instance per request, as this revision has it.
function fixture() {
  const server = new McpServer(
    { name: "conformance-modern", version: "1.0.0" },
    {
      capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, completions: {}, logging: {}, extensions: { [TASKS]: {} } },
      cacheHints: { "tools/list": CACHE, "prompts/list": CACHE, "resources/list": CACHE, "resources/templates/list": CACHE, "resources/read": CACHE },
      requestState,
    },
  );
  for (const { name, description, inputSchema, run } of ALL_TOOLS) {
    server.registerTool(name, { description, inputSchema: fromJsonSchema(inputSchema) }, run);
  }
  // The SDK would make a result of every error of a tool; some of these must be errors of the protocol.
  server.server.setRequestHandler("tools/call", async ({ params }, context) => {
    const called = ALL_TOOLS.find(({ name }) => name === params.name);
    if (called === undefined) throw new ProtocolError(-32602, `Unknown tool: ${params.name}`);
    return await called.run(params.arguments ?? {}, context);
  });
  for (const resource of RESOURCES) {
    const { uri, name, ...rest } = resource;
    server.registerResource(name, uri, { description: rest.description, mimeType: rest.mimeType }, () => contentsOf(resource));
  }
  const template = new ResourceTemplate(TEMPLATE.uriTemplate, { list: undefined });
  server.registerResource(TEMPLATE.name, template, { description: TEMPLATE.description, mimeType: TEMPLATE.mimeType }, (_, { id }) => fromTemplate(id));
  for (const { name, description, arguments: names, messages } of ALL_PROMPTS) {
    const argument = () => completable(z.string(), completions);
    const argsSchema = names.length === 0 ? undefined : z.object(Object.fromEntries(names.map((one) => [one, argument()])));
    server.registerPrompt(name, { description, argsSchema }, (first, second) => (argsSchema ? messages(first, second) : messages({}, first)));
  }
  serveTasks(server.server);
  return server;
}

const handler = createMcpHandler(fixture, { legacy: "reject" });
const respond = toNodeHandler(handler);
const opens = hostDoor(() => true);
const server = createServer(async (request, response) => {
  if (await opens(request, response)) respond(request, response);
});
serve(server, Number(options.port));
