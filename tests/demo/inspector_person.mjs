// A person whose client gets ID-JAGs by itself: the MCP Inspector's command line in its enterprise-managed mode.

import { Inspector } from "../harness/inspector.mjs";
import { CLIENT, traceParent } from "./sign_in.mjs";

export class InspectorPerson {
  // `program` is the path of the Inspector, `browse` the command line of a browser that signs this person in, `home` a
  // folder for the Inspector's tokens.
  constructor(name, { program, browse, home, gateway, idp }) {
    this.name = name;
    this.speaks = "the MCP Inspector, which is told the URL, its client at the company's identity provider, and nothing else";
    const env = { ...process.env, BROWSER: browse };
    for (const desktop of ["DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP"]) delete env[desktop];
    const identityProvider = { issuer: new URL(idp).origin, ...CLIENT };
    this.inspector = new Inspector({ program, url: new URL("/mcp", gateway).href, home, identityProvider, env });
  }

  // The Inspector connects anew for each request; the first one signs in.
  async connect() {
    this.tools = (await this.inspector.run("--method", "tools/list")).tools.map(({ name }) => name);
    return undefined;
  }

  async toolNames() {
    return this.tools;
  }

  // Calls a tool within a trace that the caller can look up in the audit trail.
  call(name, argumentsOfCall, traceId) {
    const pairs = Object.entries(argumentsOfCall).flatMap(([key, value]) => ["--tool-arg", `${key}=${value}`]);
    return this.inspector.run("--method", "tools/call", "--tool-name", name, ...pairs, "--metadata", `traceparent=${traceParent(traceId)}`);
  }

  close() {}
}
