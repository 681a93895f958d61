// The MCP Inspector's command line as a client: one process per request, with the stored tokens of the one before.

import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const TIME_LIMIT = 60_000;

// `program` is the path of the Inspector, which starts the browser in BROWSER; `home` replaces its user's home. With
// `identityProvider`, `{ issuer, id, secret }` of its client there, it runs in its enterprise-managed mode: it signs in
// at the company's provider and gets ID-JAGs by itself, which it redeems as the same client.
export class Inspector {
  #program;
  #flags;
  #env;

  constructor({ program, url, home, identityProvider, env = process.env }) {
    this.#program = program;
    this.#env = { ...env, HOME: home, MCP_AUTO_OPEN_ENABLED: "true", MCP_INSPECTOR_SECRET_STORE: "file" };
    this.#flags = ["--server-url", url, "--transport", "http"];
    if (identityProvider !== undefined) this.#manage(url, home, identityProvider);
  }

  #manage(url, home, { issuer, id, secret }) {
    const [client, servers] = ["client.json", "servers.json"].map((name) => join(home, name));
    mkdirSync(home, { recursive: true });
    const written = (path, value) => writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
    written(client, { enterpriseManagedAuth: { enabled: true, idp: { issuer, clientId: id, clientSecret: secret } } });
    const oauth = { clientId: id, clientSecret: secret, enterpriseManaged: true };
    written(servers, { mcpServers: { weir: { type: "streamable-http", url, oauth } } });
    this.#env.MCP_CLIENT_CONFIG_PATH = client;
    this.#flags = ["--config", servers, "--server", "weir"];
  }

  // The result of one MCP method, which its flags name.
  async run(...flags) {
    const command = [this.#program, "--cli", ...this.#flags, ...flags];
    const { stdout } = await promisify(execFile)(process.execPath, command, { env: this.#env, timeout: TIME_LIMIT });
    return JSON.parse(stdout);
  }
}
