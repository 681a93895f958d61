// One person of the demo with a real MCP client of 2026-07-28: signs in at the demo IdP, trades the ID-JAG for Weir's token, connects.

import { Client, CrossAppAccessProvider, StreamableHTTPClientTransport, auth } from "@modelcontextprotocol/client";
import { CLIENT, identityAssertion, redeemed, traceParent } from "./sign_in.mjs";

const MODERN = "2026-07-28";

// Everything that happens on the way in is told to `onStep(text)`, in the order in which it happens.
export class Person {
  constructor(name, { idp, gateway, onStep = () => {} }) {
    this.name = name;
    this.server = new URL("/mcp", gateway);
    this.speaks = `MCP ${MODERN}, @modelcontextprotocol/client 2`;
    // The official client's provider for enterprise-managed authorization: it asks for an ID-JAG once Weir answers 401, with what Weir's
    // metadata says about the audience and the resource, and trades it at Weir's token endpoint.
    this.provider = new CrossAppAccessProvider({
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      clientName: "Weir demo",
      // Without it, whichever server a client is pointed at would decide who gets the client's secret.
      expectedIssuer: new URL(gateway).origin,
      assertion: async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
        const asked = { idp, audience: authorizationServerUrl, resource: resourceUrl, scope, fetchFn, onStep };
        this.assertion = await identityAssertion(name, asked);
        return this.assertion;
      },
    });
    const save = this.provider.saveTokens.bind(this.provider);
    this.provider.saveTokens = (tokens) => {
      onStep(redeemed(tokens));
      save(tokens);
    };
    this.client = new Client({ name: "weir-demo", version: "1.0.0" }, { versionNegotiation: { mode: { pin: MODERN } } });
  }

  // The first request is anonymous: Weir's 401 sends the client to its metadata, and everything follows from there.
  async connect() {
    await this.client.connect(new StreamableHTTPClientTransport(this.server, { authProvider: this.provider }));
    return this.client.getServerVersion();
  }

  // Only the token, without a connection.
  async token() {
    await auth(this.provider, { serverUrl: this.server });
    return this.provider.tokens().access_token;
  }

  get accessToken() {
    return this.provider.tokens()?.access_token;
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
