// What an official client does once it is connected, whatever its era: it lists, calls, is refused, and prints as JSON what it saw.

const error = (call) => call.then(() => null, ({ code, message }) => ({ code, message }));

export async function steps(client) {
  const { tools } = await client.listTools();
  const called = await client.callTool({ name: "documents_search", arguments: { query: "x", limit: 5 } });
  const refused = await client.callTool({ name: "documents_search", arguments: { query: "x", limit: 500 } });
  const hidden = await error(client.callTool({ name: "documents_delete", arguments: { id: "7" } }));
  await client.close();
  process.stdout.write(JSON.stringify({ tools: tools.map(({ name }) => name), called, refused, hidden }));
}
