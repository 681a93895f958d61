// The requests that every client of the conformance run makes to a virtual server, in every SDK, and one JSON line with the
// responses. walk.py and tests/rmcp-client do the same.

const text = ({ content }) => content.map((part) => part.text).join("");

// The user's input to a form: their name in every required field.
export const filledIn = ({ requestedSchema }) => ({
  action: "accept",
  content: Object.fromEntries(Object.keys(requestedSchema.properties).sort().map((property) => [property, "Ada"])),
});

// A refusal is shown by its code, from an error or from the result of a call.
const refusal = ({ _meta }) => _meta?.["dev.weir/refusal"];
const outcome = (answer) => answer.then((result) => (refusal(result) ? `refused ${refusal(result).code}` : text(result)), ({ code }) => `error ${code}`);

// `call(name, args, options)` is how this client calls a tool.
export async function walk(client, version, call) {
  const tools = (await client.listTools()).tools.map(({ name }) => name);
  const steps = [];
  const onprogress = ({ progress }) => void steps.push(progress);
  const asking = ["test_input_required_result_elicitation", "test_elicitation"].find((name) => tools.includes(name));
  const templates = (await client.listResourceTemplates()).resourceTemplates;
  const seen = {
    version,
    tools: tools.length,
    resources: (await client.listResources()).resources.length,
    templates: templates.map(({ uriTemplate }) => uriTemplate),
    prompts: (await client.listPrompts()).prompts.length,
    called: text(await call("test_simple_text", {})),
    reported: text(await call("test_tool_with_progress", {}, { onprogress })),
    steps,
    read: (await client.readResource({ uri: "test://static-text" })).contents[0].text,
    templated: JSON.parse((await client.readResource({ uri: "test://template/7/data" })).contents[0].text).id,
    prompted: (await client.getPrompt({ name: "test_prompt_with_arguments", arguments: { arg1: "one", arg2: "two" } })).messages[0].content.text,
    completed: (await client.complete({ ref: { type: "ref/prompt", name: "test_prompt_with_arguments" }, argument: { name: "arg1", value: "par" } })).completion.values,
    asked: await outcome(call(asking, { message: "Who is there?" })),
    unknown: await outcome(call("no_such_tool", {})),
  };
  await client.close();
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}
