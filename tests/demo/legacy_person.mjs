// One person of the demo with a real MCP client of the years before 2026, `@modelcontextprotocol/sdk` 1: the same URL, the same way in.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CLIENT, identityAssertion, redeemed, traceParent } from "./sign_in.mjs";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

// The SDK's interface for keeping tokens. The SDK has no provider for ID-JAGs, but lets this one prepare any token request.
class AssertionProvider {
  #tokens;
  #saved;
  #assertion;

  constructor(assertion, saved) {
    this.#assertion = assertion;
    this.#saved = saved;
  }

  // This client opens no browser.
  get redirectUrl() {
    return undefined;
  }

  get clientMetadata() {
    return { client_name: "Weir demo, legacy", redirect_uris: [], grant_types: [JWT_BEARER], token_endpoint_auth_method: "client_secret_basic" };
  }

  clientInformation() {
    return { client_id: CLIENT.id, client_secret: CLIENT.secret };
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens) {
    this.#saved(tokens);
    this.#tokens = tokens;
  }

  async prepareTokenRequest(scope) {
    return new URLSearchParams({ grant_type: JWT_BEARER, assertion: await this.#assertion(scope), ...(scope && { scope }) });
  }

  redirectToAuthorization() {
    throw new Error("there is nothing to sign in to in a browser");
  }

  saveCodeVerifier() {}

  codeVerifier() {
    throw new Error("this grant has no code verifier");
  }
}

// The same as `Person`, as a client that sends `initialize` first.
export class LegacyPerson {
  constructor(name, { idp, gateway, onStep = () => {} }) {
    this.name = name;
    const server = new URL("/mcp", gateway);
    const asked = { idp, audience: new URL(gateway).origin, resource: server.href, onStep };
    this.provider = new AssertionProvider(
      async (scope) => (this.assertion = await identityAssertion(name, { ...asked, scope })),
      (tokens) => onStep(redeemed(tokens)),
    );
    this.transport = new StreamableHTTPClientTransport(server, { authProvider: this.provider });
    this.client = new Client({ name: "weir-demo-legacy", version: "1.0.0" });
  }

  async connect() {
    await this.client.connect(this.transport);
    return this.client.getServerVersion();
  }

  get speaks() {
    return `MCP ${this.transport.protocolVersion}, @modelcontextprotocol/sdk 1`;
  }

  async toolNames() {
    return (await this.client.listTools()).tools.map(({ name }) => name);
  }

  // Calls a tool within a trace that the caller can look up in the audit trail.
  call(name, argumentsOfCall, traceId) {
    return this.client.callTool({ name, arguments: argumentsOfCall, _meta: { traceparent: traceParent(traceId) } });
  }

  async resourceUris() {
    return (await this.client.listResources()).resources.map(({ uri }) => uri);
  }

  read(uri, traceId) {
    return this.client.readResource({ uri, _meta: { traceparent: traceParent(traceId) } });
  }

  prompt(name, argumentsOfPrompt, traceId) {
    return this.client.getPrompt({ name, arguments: argumentsOfPrompt, _meta: { traceparent: traceParent(traceId) } });
  }

  close() {
    return this.client.close();
  }
}
