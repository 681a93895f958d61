// The tools, resources and prompts that the conformance scenarios need, for the fixture origins of both eras.
//
// The suite defines their names and results. They are data here, so that both eras have the same.

// One blue pixel, and a millisecond of silence.
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNQSFgAAAHEASFcollRAAAAAElFTkSuQmCC";
const WAV = "UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAgICAgICAgA==";

const image = { type: "image", data: PNG, mimeType: "image/png" };
const said = (text) => ({ type: "text", text });
const embedded = (uri, mimeType, text) => ({ type: "resource", resource: { uri, mimeType, text } });

export const answer = (...content) => ({ content: content.map((part) => (typeof part === "string" ? said(part) : part)) });
export const nothing = { type: "object", properties: {} };
export const strings = (...names) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
  required: names,
});
export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Each keyword of JSON Schema 2020-12 that a gateway could lose on the way.
const contact = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

// The tools that are the same in both eras. `run(args)` gives the result.
export const TOOLS = [
  tool("test_simple_text", "Answers with one text.", () => answer("This is a simple text response for testing.")),
  tool("test_image_content", "Answers with an image.", () => answer(image)),
  tool("test_audio_content", "Answers with a sound.", () => answer({ type: "audio", data: WAV, mimeType: "audio/wav" })),
  tool("test_embedded_resource", "Answers with a resource inside the result.", () =>
    answer(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."))),
  tool("test_multiple_content_types", "Answers with a text, an image and a resource.", () =>
    answer(
      "Multiple content types test:",
      image,
      embedded("test://mixed-content-resource", "application/json", JSON.stringify({ test: "data", value: 123 })),
    )),
  tool("test_error_handling", "Fails always, as tools do.", () => ({
    ...answer("This tool intentionally returns an error for testing"),
    isError: true,
  })),
  { ...tool("json_schema_2020_12_tool", "Has an input schema with the words of JSON Schema 2020-12.", () => answer("noted")), inputSchema: contact },
];

export function tool(name, description, run, inputSchema = nothing) {
  return { name, description, inputSchema, run };
}

// The resources with a fixed URI.
export const RESOURCES = [
  { uri: "test://static-text", name: "static-text", description: "A text.", mimeType: "text/plain", text: "This is the content of the static text resource." },
  { uri: "test://static-binary", name: "static-binary", description: "A picture.", mimeType: "image/png", blob: PNG },
  { uri: "test://watched-resource", name: "watched-resource", description: "A text that changes.", mimeType: "text/plain", text: "This is being watched." },
  { uri: "test://example-resource", name: "example-resource", description: "What a prompt quotes.", mimeType: "text/plain", text: "Embedded resource content for testing." },
];

// The resource template, with an id in its URI.
export const TEMPLATE = { uriTemplate: "test://template/{id}/data", name: "template", description: "Data by its id.", mimeType: "application/json" };

export const contentsOf = ({ uri, mimeType, text, blob }) => ({ contents: [{ uri, mimeType, ...(blob === undefined ? { text } : { blob }) }] });
export const fromTemplate = (id) =>
  contentsOf({
    uri: `test://template/${id}/data`,
    mimeType: TEMPLATE.mimeType,
    text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
  });

const asked = (...content) => ({ messages: content.map((part) => ({ role: "user", content: part })) });

// `messages(args)` gives the result of prompts/get.
export const PROMPTS = [
  { name: "test_simple_prompt", description: "A prompt without arguments.", arguments: [], messages: () => asked(said("This is a simple prompt for testing.")) },
  {
    name: "test_prompt_with_arguments",
    description: "A prompt that repeats its arguments.",
    arguments: ["arg1", "arg2"],
    messages: ({ arg1, arg2 }) => asked(said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  },
  {
    name: "test_prompt_with_embedded_resource",
    description: "A prompt that quotes a resource.",
    arguments: ["resourceUri"],
    messages: ({ resourceUri }) =>
      asked(embedded(resourceUri, "text/plain", "Embedded resource content for testing."), said("Please process the embedded resource above.")),
  },
  {
    name: "test_prompt_with_image",
    description: "A prompt with a picture.",
    arguments: [],
    messages: () => asked(image, said("Please analyze the image above.")),
  },
];

// The completions of a prompt's argument.
export const completions = (begun) => ["paris", "park", "party", "test-value"].filter((word) => word.startsWith(begun));
