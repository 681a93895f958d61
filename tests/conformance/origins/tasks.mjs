// The tasks extension of the modern fixture: the SDK has none, so the tools that become tasks and the methods about them are here.

import { randomUUID } from "node:crypto";
import { CLIENT_CAPABILITIES_META_KEY, MissingRequiredClientCapabilityError, ProtocolError, acceptedContent, inputRequired } from "@modelcontextprotocol/server";
import { z } from "zod";
import { answer, nothing, pause, strings, tool } from "./content.mjs";

export const TASKS = "io.modelcontextprotocol/tasks";

const TTL_MS = 600_000;
const tasks = new Map();

const declared = (context) => context.mcpReq.envelope?.[CLIENT_CAPABILITIES_META_KEY]?.extensions?.[TASKS] !== undefined;
const needed = () => new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
const ask = (message, property, type) => ({
  method: "elicitation/create",
  params: { mode: "form", message, requestedSchema: { type: "object", properties: { [property]: { type } }, required: [property] } },
});

// Work that goes on after its call is answered.
class Task {
  fields = { taskId: randomUUID(), status: "working", createdAt: now(), lastUpdatedAt: now(), ttlMs: TTL_MS, pollIntervalMs: 100 };
  outcome = {};
  pending = {};
  answers = {};

  // `work(task)` gives the result; what it throws is the task's error.
  constructor(work) {
    tasks.set(this.fields.taskId, this);
    work(this).then(
      (result) => this.settle("completed", { result }),
      ({ code = -32603, message }) => this.settle("failed", { error: { code, message } }),
    );
  }

  get settled() {
    return ["completed", "failed", "cancelled"].includes(this.fields.status);
  }

  settle(status, outcome = {}) {
    if (this.settled) return;
    this.outcome = outcome;
    this.pending = {};
    this.become(status);
  }

  become(status) {
    Object.assign(this.fields, { status, lastUpdatedAt: now() });
  }

  // Waits for the answers to all of these requests.
  async input(requests) {
    this.pending = requests;
    this.become("input_required");
    return new Promise((done) => (this.answered = done));
  }

  update(responses) {
    for (const key of Object.keys(responses).filter((key) => key in this.pending)) {
      this.answers[key] = responses[key];
      delete this.pending[key];
    }
    if (this.fields.status === "input_required" && Object.keys(this.pending).length === 0) {
      this.become("working");
      this.answered(this.answers);
    }
  }

  get created() {
    return { resultType: "task", ...this.fields };
  }

  get detailed() {
    const asking = this.fields.status === "input_required" ? { inputRequests: this.pending } : {};
    return { ...this.fields, ...this.outcome, ...asking };
  }
}

function now() {
  return new Date().toISOString();
}

// A tool that becomes a task for clients that declare tasks. For others `work` runs at once, or the call is refused.
function taskTool(name, description, { work, inputSchema = nothing, required = false, isShort = () => false }) {
  const run = async (args, context) => {
    if (declared(context) && !isShort(args)) return new Task((task) => work(args, task)).created;
    if (required || !isShort(args)) throw needed();
    return work(args);
  };
  return tool(name, description, run, inputSchema);
}

const compute = { type: "object", properties: { seconds: { type: "number" }, label: { type: "string" } }, required: ["seconds"] };

export const TASK_TOOLS = [
  tool("greet", "Greets, at once.", ({ name }) => answer(`Hello, ${name}!`), strings("name")),
  taskTool("slow_compute", "Takes as many seconds as it is told.", {
    inputSchema: compute,
    isShort: ({ seconds }) => seconds === 0,
    work: async ({ seconds, label }) => {
      await pause(seconds * 1000);
      return answer(`Computed ${label ?? "something"} in ${seconds} s.`);
    },
  }),
  taskTool("failing_job", "Fails as tools do.", { required: true, work: async () => ({ ...answer("The job failed."), isError: true }) }),
  taskTool("protocol_error_job", "Fails as the protocol does.", {
    required: true,
    work: async () => {
      throw new ProtocolError(-32603, "The job broke.");
    },
  }),
  taskTool("confirm_delete", "Asks before it deletes.", {
    inputSchema: strings("filename"),
    required: true,
    work: async ({ filename }, task) => {
      const { confirm } = await task.input({ confirm: ask(`Delete ${filename}?`, "confirm", "boolean") });
      return answer(confirm.action === "accept" ? `Deleted ${filename}.` : `Kept ${filename}.`);
    },
  }),
  taskTool("multi_input", "Asks two things at once.", {
    required: true,
    work: async (_, task) => {
      const answers = await task.input({ first: ask("First?", "name", "string"), second: ask("Second?", "name", "string") });
      return answer(`Both: ${Object.values(answers).map(({ content }) => content?.name).join(", ")}`);
    },
  }),
  // Asks within the call, and becomes a task with the answer.
  tool("test_tool_with_task", "Asks for a name, then takes its time.", (_, context) => {
    if (!declared(context)) throw needed();
    const name = acceptedContent(context.mcpReq.inputResponses, "user_name")?.name;
    if (name === undefined) return inputRequired({ inputRequests: { user_name: ask("What is your name?", "name", "string") } });
    return new Task(async () => answer(`Done for ${name}.`)).created;
  }),
];

// The methods about tasks, for clients that declared the extension.
export function serveTasks(server) {
  const about = (method, respond) =>
    server.setRequestHandler(method, { params: z.looseObject({ taskId: z.string() }) }, ({ taskId }, context) => {
      if (!declared(context)) throw needed();
      const task = tasks.get(taskId);
      if (task === undefined) throw new ProtocolError(-32602, `Unknown task: ${taskId}`);
      return respond(task, context) ?? {};
    });
  about("tasks/get", (task) => task.detailed);
  about("tasks/update", (task, context) => void task.update(context.mcpReq.inputResponses ?? {}));
  about("tasks/cancel", (task) => void task.settle("cancelled"));
}
