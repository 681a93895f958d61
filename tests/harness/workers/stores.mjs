// The stores of one host, read and written through a worker of the harness: the gateway's own binding may be a double, and Miniflare's
// bindings for Node load a thread with an HTTP client for each host and block this process at each call.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const NOTED = "d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";

// The worker with the gateway's namespace, and the buckets and databases of both functions.
export function storesWorker(namespace, gateway, ledger) {
  const r2Buckets = { ...prefixed("GATEWAY", gateway.r2Buckets), ...prefixed("LEDGER", ledger?.r2Buckets) };
  return {
    name: "harness-stores",
    modules: true,
    script: `const BUCKETS = ${JSON.stringify(Object.keys(r2Buckets))};\n${SCRIPT}`,
    compatibilityDate: gateway.compatibilityDate,
    kvNamespaces: { KEY_VALUE: namespace },
    r2Buckets,
    d1Databases: Object.fromEntries(Object.values(ledger?.d1Databases ?? {}).map((database) => ["DATABASE", database])),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

const SCRIPT = `
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.slice("/keys/".length));
    switch (request.method + " " + url.pathname.split("/")[1]) {
      case "POST keys":
        await Promise.all(Object.entries(await request.json()).map(([key, value]) => env.KEY_VALUE.put(key, bytes(value))));
        return new Response();
      case "PUT keys":
        await env.KEY_VALUE.put(key, await request.arrayBuffer());
        return new Response();
      case "DELETE keys":
        await env.KEY_VALUE.delete(key);
        return new Response();
      case "GET objects":
        return Response.json(await objects(env, url.searchParams.get("prefix")));
      case "POST migrations":
        return Response.json(await migrate(env.DATABASE, await request.json()));
      default:
        return new Response("no such store", { status: 404 });
    }
  },
};

async function objects(env, prefix) {
  const found = new Map();
  for (const binding of BUCKETS) {
    let cursor;
    do {
      const page = await env[binding].list({ prefix, cursor });
      for (const { key } of page.objects) found.set(key, await (await env[binding].get(key)).text());
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
  }
  return [...found].map(([key, body]) => ({ key, body }));
}

async function migrate(database, { noted, migrations }) {
  await database.prepare("CREATE TABLE IF NOT EXISTS " + noted).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map(({ name }) => name));
  for (const { name, statements } of migrations.filter(({ name }) => !applied.has(name))) {
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ]);
  }
  return {};
}
`;

// The calls of that worker at `address`.
export function openStores(address) {
  const ask = async (method, path, body) => {
    const response = await fetch(address + path, { method, body });
    if (!response.ok) throw new Error(`the stores answered ${response.status} to ${method} ${path}: ${await response.text()}`);
    return response;
  };
  const path = (key) => `/keys/${encodeURIComponent(key)}`;
  return {
    // Every key with its value in base64.
    putAll: (records) => (Object.keys(records).length > 0 ? ask("POST", "/keys", JSON.stringify(records)) : undefined),
    putKey: (key, value) => ask("PUT", path(key), value),
    deleteKey: (key) => ask("DELETE", path(key)),
    // `[{ key, body }]` of every object of every bucket whose key starts with the prefix; the body is text.
    objects: async (prefix) => (await ask("GET", `/objects?prefix=${encodeURIComponent(prefix)}`)).json(),
    // Applies the migrations of a folder as `wrangler d1 migrations apply` does, and notes them in the same table.
    migrate: (folder) => ask("POST", "/migrations", JSON.stringify({ noted: NOTED, migrations: migrationsOf(folder) })),
  };
}

function migrationsOf(folder) {
  return readdirSync(folder).filter((name) => name.endsWith(".sql")).sort().map((name) => {
    const text = readFileSync(join(folder, name), "utf8").replaceAll(/^\s*--.*$/gm, "");
    return { name, statements: text.split(/;\s*$/m).map((statement) => statement.trim()).filter((statement) => statement !== "") };
  });
}

function prefixed(owner, bindings) {
  return Object.fromEntries(Object.entries(bindings ?? {}).map(([name, bucket]) => [`${owner}_${name}`, bucket]));
}
