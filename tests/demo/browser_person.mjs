// A person whose client knows nothing but the URL: the official client of 2026-07-28 registers itself, and a browser does the rest.

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { BrowserSignIn } from "../harness/browser_sign_in.mjs";
import { traceParent } from "./sign_in.mjs";

const MODERN = "2026-07-28";

export class BrowserPerson {
  // `browser` is a `Browser`, with a listener for the client and a way to sign in.
  constructor(name, { gateway, browser, onStep = () => {} }) {
    this.name = name;
    this.server = new URL("/mcp", gateway);
    this.speaks = `MCP ${MODERN}, @modelcontextprotocol/client 2, which knows only ${this.server}`;
    this.provider = new BrowserSignIn({
      name: "Weir demo",
      redirectUrl: browser.redirectUrl,
      open: async (url) => {
        onStep(`the client sends Chromium to ${url.origin}${url.pathname}`);
        const answer = await browser.signIn(url, name);
        onStep(`signed in at the identity provider, read "${browser.question}" and allowed it`);
        return answer;
      },
    });
    this.client = this.#newClient();
  }

  #newClient() {
    return new Client({ name: "weir-demo-browser", version: "1.0.0" }, { versionNegotiation: { mode: { pin: MODERN } } });
  }

  // The first request is refused, the client discovers and registers, the browser comes back with a code: then it is connected.
  async connect() {
    const transport = () => new StreamableHTTPClientTransport(this.server, { authProvider: this.provider });
    const first = transport();
    await this.client.connect(first).then(
      () => {
        throw new Error("a client without a token should have been refused");
      },
      (error) => {
        if (!(error instanceof UnauthorizedError)) throw error;
      },
    );
    await first.finishAuth(this.provider.answer.searchParams);
    this.client = this.#newClient();
    await this.client.connect(transport());
    return this.client.getServerVersion();
  }

  async toolNames() {
    return (await this.client.listTools()).tools.map(({ name }) => name);
  }

  // Calls a tool within a trace that the caller can look up in the audit trail.
  call(name, argumentsOfCall, traceId) {
    return this.client.callTool({ name, arguments: argumentsOfCall, _meta: { traceparent: traceParent(traceId) } });
  }

  close() {
    return this.client.close();
  }
}
