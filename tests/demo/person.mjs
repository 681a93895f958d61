// One person of the demo with a real MCP client: signs in at the demo IdP, trades the ID-JAG for Weir's token, connects.

import { Client, CrossAppAccessProvider, StreamableHTTPClientTransport, auth, discoverAndRequestJwtAuthGrant } from "@modelcontextprotocol/client";

export const CLIENT = { id: "demo-client", secret: "demo-secret-that-protects-nothing" };
const MODERN = "2026-07-28";

// Everything that happens on the way in is told to `onStep(text)`, in the order in which it happens.
export class Person {
  constructor(name, { idp, gateway, onStep = () => {} }) {
    this.name = name;
    this.server = new URL("/mcp", gateway);
    // The official client's provider for enterprise-managed authorization: it asks for an ID-JAG once Weir answers 401, with what Weir's
    // metadata says about the audience and the resource, and trades it at Weir's token endpoint.
    this.provider = new CrossAppAccessProvider({
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      clientName: "Weir demo",
      // Without it, whichever server a client is pointed at would decide who gets the client's secret.
      expectedIssuer: new URL(gateway).origin,
      assertion: async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
        const login = await fetch(new URL(`/login?person=${name}`, idp));
        if (!login.ok) throw new Error(`the demo IdP refused the login: ${await login.text()}`);
        const { id_token: idToken } = await login.json();
        onStep(`signed in at ${idp}, which gave an ID token`);
        const grant = await discoverAndRequestJwtAuthGrant({
          idpUrl: idp,
          audience: authorizationServerUrl,
          resource: resourceUrl,
          scope,
          idToken,
          clientId: CLIENT.id,
          clientSecret: CLIENT.secret,
          fetchFn,
        });
        this.assertion = grant.jwtAuthGrant;
        onStep(`exchanged it for an ID-JAG: for ${resourceUrl}, ${grant.expiresIn} s, once`);
        return grant.jwtAuthGrant;
      },
    });
    const save = this.provider.saveTokens.bind(this.provider);
    this.provider.saveTokens = (tokens) => {
      onStep(`redeemed the ID-JAG at Weir for an access token: ${tokens.expires_in} s, scope "${tokens.scope}"`);
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
    const traceparent = `00-${traceId}-${traceId.slice(0, 16)}-01`;
    return this.client.callTool({ name, arguments: argumentsOfCall, _meta: { traceparent } });
  }

  close() {
    return this.client.close();
  }
}
