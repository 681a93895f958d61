// The modern fixture's tools and prompt that ask back: multi-round-trip requests, some with a sealed state.

import { randomBytes } from "node:crypto";
import { CLIENT_CAPABILITIES_META_KEY, acceptedContent, createRequestStateCodec, inputRequired, inputResponse } from "@modelcontextprotocol/server";
import { answer, tool } from "./content.mjs";

const codec = createRequestStateCodec({ key: randomBytes(32) });

// For the server's options: a state that was changed on its way is refused before any tool sees it.
export const requestState = { verify: codec.verify };

const form = (message, property, type = "string") =>
  inputRequired.elicit({ message, requestedSchema: { type: "object", properties: { [property]: { type } }, required: [property] } });
const sample = (text, maxTokens) =>
  inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text } }], maxTokens });
const accepted = (context, key) => acceptedContent(context.mcpReq.inputResponses, key);
const response = (context, key) => inputResponse(context.mcpReq.inputResponses, key);
const withState = async (inputRequests, state) => inputRequired({ inputRequests, requestState: await codec.mint(state) });

// Asks whether to go on, with a state that has to come back unchanged.
async function confirmed(context) {
  const known = context.mcpReq.requestState();
  if (known?.step === "confirm" && accepted(context, "confirm")) return answer("Confirmed: state-ok");
  return withState({ confirm: form("Please confirm", "ok", "boolean") }, { step: "confirm" });
}

export const INPUT_TOOLS = [
  tool("test_missing_capability", "Wants a model of the client.", () => inputRequired({ inputRequests: { thought: sample("Think.", 10) } })),
  tool("test_streaming_elicitation", "Asks for a word.", (_, context) => {
    const given = accepted(context, "word");
    return given ? answer(`The word is ${given.word}.`) : inputRequired({ inputRequests: { word: form("Which word?", "word") } });
  }),
  tool("test_input_required_result_elicitation", "Asks for a name, and greets.", (_, context) => {
    const name = accepted(context, "user_name")?.name;
    return name ? answer(`Hello, ${name}!`) : inputRequired({ inputRequests: { user_name: form("What is your name?", "name") } });
  }),
  tool("test_input_required_result_sampling", "Asks a model.", (_, context) => {
    const view = response(context, "capital_question");
    return view.kind === "sampling"
      ? answer(`The model says: ${view.result.content.text}`)
      : inputRequired({ inputRequests: { capital_question: sample("What is the capital of France?", 100) } });
  }),
  tool("test_input_required_result_list_roots", "Asks for the client's roots.", (_, context) => {
    const view = response(context, "client_roots");
    return view.kind === "roots"
      ? answer(`Roots: ${view.roots.map(({ uri }) => uri).join(", ")}`)
      : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  }),
  tool("test_input_required_result_request_state", "Asks, and knows its own state again.", (_, context) => confirmed(context)),
  tool("test_input_required_result_tampered_state", "Refuses a state that isn't its own.", (_, context) => confirmed(context)),
  tool("test_input_required_result_multiple_inputs", "Asks three things at once.", async (_, context) => {
    const views = ["user_name", "greeting", "client_roots"].map((key) => response(context, key));
    if (context.mcpReq.requestState() && views.every(({ kind }) => kind !== "missing")) {
      return answer(`${views[1].result.content.text} ${views[0].content.name}, ${views[2].roots.length} roots`);
    }
    return withState(
      {
        user_name: form("What is your name?", "name"),
        greeting: sample("Generate a greeting", 50),
        client_roots: inputRequired.listRoots(),
      },
      { step: "three" },
    );
  }),
  tool("test_input_required_result_multi_round", "Asks twice, one after the other.", async (_, context) => {
    const known = context.mcpReq.requestState();
    const name = known?.name ?? accepted(context, "step1")?.name;
    const color = accepted(context, "step2")?.color;
    if (known?.step === 2 && color) return answer(`${name} likes ${color}.`);
    if (known?.step === 1 && name) return withState({ step2: form("Step 2: What is your favorite color?", "color") }, { step: 2, name });
    return withState({ step1: form("Step 1: What is your name?", "name") }, { step: 1 });
  }),
  tool("test_input_required_result_capabilities", "Asks only for what the client can do.", (_, context) => {
    const can = context.mcpReq.envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
    const inputRequests = {
      ...(can.sampling && { thought: sample("Think.", 10) }),
      ...(can.elicitation && { name: form("What is your name?", "name") }),
    };
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : answer("There is nothing to ask.");
  }),
];

export const INPUT_PROMPT = {
  name: "test_input_required_result_prompt",
  description: "A prompt that asks what it is about.",
  arguments: [],
  messages: (_, context) => {
    const given = accepted(context, "user_context")?.context;
    if (given === undefined) return inputRequired({ inputRequests: { user_context: form("What context should the prompt use?", "context") } });
    return { messages: [{ role: "user", content: { type: "text", text: `In this context: ${given}` } }] };
  },
};
