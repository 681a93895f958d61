// The official TypeScript clients, given nothing but the URL: `node typescript.mjs URL PERSON 1|2`
//
// Each discovers, registers, signs PERSON in with a scripted browser, calls a tool, and has to refresh when its token no longer counts.

import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { BrowserSignIn } from "../../harness/browser_sign_in.mjs";
import { ScriptedBrowser } from "../../harness/scripted_browser.mjs";

const [url, person, generation] = process.argv.slice(2);
const info = { name: "sign-in", version: "1.0.0" };
// Nothing listens there: the scripted browser stops before it.
const CALLBACK = "http://127.0.0.1:1/callback";

const provider = new BrowserSignIn({
  name: `TypeScript SDK ${generation}`,
  redirectUrl: CALLBACK,
  open: (authorizationUrl) => new ScriptedBrowser().signIn(authorizationUrl, person, CALLBACK),
});
const isLegacy = generation === "1";
const newClient = () =>
  isLegacy ? new LegacyClient(info) : new ModernClient(info, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
const newTransport = () => new (isLegacy ? LegacyTransport : ModernTransport)(new URL(url), { authProvider: provider });

const first = newTransport();
const refused = await newClient().connect(first).then(() => "not refused", (error) => error.constructor.name);
const answer = provider.answer?.searchParams;
if (answer === undefined) throw new Error(`the client did not sign in: ${refused}`);
// 1.x takes the code alone and doesn't look at `iss` (RFC 9207).
await first.finishAuth(isLegacy ? answer.get("code") : answer);

const client = newClient();
await client.connect(newTransport());
const { tools } = await client.listTools();
const call = async () => (await client.callTool({ name: "test_simple_text", arguments: {} })).content[0].text;
const called = await call();
const before = provider.tokens();
provider.spoil();
const again = await call();
const after = provider.tokens();
await client.close();
const rotated = after.refresh_token !== before.refresh_token && after.access_token !== before.access_token;
process.stdout.write(`${JSON.stringify({ tools: tools.length, called, refreshed: again === called && rotated, visits: provider.visits })}\n`);
