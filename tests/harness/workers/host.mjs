// One host: real workerd with the gateway, and the ledger when asked for, as their wrangler.toml files describe them.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf, unstable_readConfig as readConfig } from "wrangler";
import { batchingQueue, collector, faultyKeyValue, objectDoubles, refusingQueue, trapping } from "./doubles.mjs";
import { openStores, storesWorker } from "./stores.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const LOG_LINES = 20_000;
const QUEUE_BINDING = "AUDIT_QUEUE";
const OBJECT_BINDINGS = { once: "ONCE", quota: "QUOTA", versioned_store: "VERSIONED_STORE" };

// What `cf` says about every caller, so that no test depends on the network that it runs in.
const CALLER = { country: "NL", region: "North Holland", regionCode: "NH", colo: "AMS", city: "Amsterdam", continent: "EU", asn: 64512 };

// The modules of each worker that was started, read once: hundreds of hosts run the same one.
const modules = new Map();

// Starts a host and resolves once it serves; rejects with one sentence when it can't.
//
// `order` is the body of `POST /hosts`, described in ../workers.mjs.
export async function startHost(order) {
  const host = { events: [], log: [], refuseShare: order.queue === "refuse" ? 1 : 0, keyValueFault: order.key_value_fault ?? "none" };
  const wantsLedger = order.ledger === true || order.queue === "ledger";

  const gateway = read(order.gateway_config ?? join(ROOT, "wrangler.toml"), order.worker);
  const ledger = wantsLedger ? read(order.ledger_config ?? join(ROOT, "functions/ledger-workers/wrangler.toml"), order.ledger_worker) : null;
  if (order.may_trap === true) gateway.modules = [trapping(gateway), ...gateway.modules];
  const keyValueBinding = only("KV namespace", gateway.kvNamespaces);
  const queueName = gateway.queueProducers?.[QUEUE_BINDING]?.queueName ?? gateway.queueProducers?.[QUEUE_BINDING];
  const doubles = [];

  gateway.bindings = { ...gateway.bindings, ...order.vars, ...order.secrets };
  if (ledger) {
    ledger.bindings = { ...ledger.bindings, ...order.ledger_vars, ...order.ledger_secrets };
    if (order.queue !== "ledger") ledger.queueConsumers = {};
    for (const consumer of Object.values(ledger.queueConsumers)) consumer.maxBatchTimeout = Math.min(consumer.maxBatchTimeout ?? 1, 1);
    ledger.unsafeDirectSockets = [{ host: "127.0.0.1", port: order.ledger_port ?? 0 }];
  }
  if (order.queue !== "ledger" && queueName !== undefined) {
    doubles.push(collector(queueName, async (request) => {
      for (const body of await request.json()) host.events.push(parsed(body));
      return new Response(null, { status: 204 });
    }));
  }
  if ((order.queue === "refuse" || order.queue === "batch") && queueName !== undefined) {
    const verdict = () => new Response(null, { status: Math.random() < host.refuseShare ? 503 : 200 });
    const double = order.queue === "batch" ? batchingQueue(queueName) : refusingQueue(queueName, verdict);
    doubles.push(double);
    delete gateway.queueProducers[QUEUE_BINDING];
    gateway.wrappedBindings = { ...gateway.wrappedBindings, [QUEUE_BINDING]: { scriptName: double.name } };
  }
  const faulty = Object.entries(OBJECT_BINDINGS).filter(([name]) => order[name] === "slow" || order[name] === "broken");
  if (faulty.length > 0) doubles.push(objectDoubles());
  for (const [name, binding] of faulty) {
    const className = order[name] === "slow" ? "SlowObject" : "BrokenObject";
    gateway.durableObjects = { ...gateway.durableObjects, [binding]: { className, scriptName: "harness-objects", useSQLite: true } };
  }
  const namespace = gateway.kvNamespaces[keyValueBinding];
  if (order.key_value_fault !== undefined) {
    const double = faultyKeyValue(namespace, () => new Response(host.keyValueFault));
    doubles.push(double);
    delete gateway.kvNamespaces[keyValueBinding];
    gateway.wrappedBindings = { ...gateway.wrappedBindings, [keyValueBinding]: { scriptName: double.name } };
  }
  gateway.unsafeDirectSockets = [{ host: "127.0.0.1", port: order.port ?? 0 }];

  // The entry worker, which adds the caller's facts, leads to the gateway wherever it stands in the list.
  gateway.routes = ["*/*"];
  const storesBehind = storesWorker(namespace, gateway, ledger);

  const options = {
    host: "127.0.0.1",
    port: 0,
    cf: CALLER,
    log: new Log(LogLevel.NONE),
    handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach((stream) => collectLines(stream, host.log)),
    ...(order.inspect ? { inspectorPort: 0 } : {}),
    ...(order.persist ? { defaultPersistRoot: join(resolve(order.persist), "v3") } : {}),
    // The large modules come last: Miniflare copies all that it has written of its configuration with each piece that follows.
    workers: [storesBehind, ...doubles, ...(ledger ? [ledger] : []), gateway],
  };
  const miniflare = new Miniflare(options);
  try {
    const entry = await miniflare.ready;
    let stores = openStores(origin(await miniflare.unsafeGetDirectURL(storesBehind.name)));
    if (ledger) await stores.migrate(join(ROOT, "shared/ledger/migrations"));
    await stores.putAll(order.key_value ?? {});
    return Object.assign(host, {
      gateway: origin(await miniflare.unsafeGetDirectURL(gateway.name)),
      gatewayEdge: origin(entry),
      ledger: ledger ? origin(await miniflare.unsafeGetDirectURL(ledger.name)) : null,
      // `stores` is another after a restart.
      putKey: (key, value) => stores.putKey(key, value),
      deleteKey: (key) => stores.deleteKey(key),
      objects: async (prefix) => (await stores.objects(prefix)).map(({ key, body }) => ({ key, body: parsed(body) })),
      inspector: async () => `${await miniflare.getInspectorURL()}`.replace("ws:", "http:") + `core:user:${gateway.name}`,
      bind: (name, value) => {
        gateway.bindings = { ...gateway.bindings, [name]: value };
      },
      restart: async () => {
        await miniflare.setOptions(options);
        stores = openStores(origin(await miniflare.unsafeGetDirectURL(storesBehind.name)));
        host.gateway = origin(await miniflare.unsafeGetDirectURL(gateway.name));
      },
      stop: () => miniflare.dispose(),
    });
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    throw new Error(`workerd did not start: ${error.message}\n${host.log.slice(-20).join("\n")}`);
  }
}

// One worker's options from its wrangler.toml; `main` overrides the built entry module that the file names.
function read(config, main) {
  if (!existsSync(config)) throw new Error(`no configuration at \`${config}\``);
  const { name } = readConfig({ config });
  const { workerOptions, main: configured } = workerOptionsOf(config);
  const scriptPath = resolve(main ?? resolve(dirname(config), configured ?? "missing-main"));
  if (!existsSync(scriptPath)) throw new Error(`no built worker at \`${scriptPath}\`: build it first`);
  const { modulesRules, ...rest } = workerOptions;
  return { ...rest, name, modules: modulesOf(scriptPath), modulesRoot: dirname(scriptPath) };
}

// A worker built from Rust: one JavaScript module, and the wasm beside it.
function modulesOf(scriptPath) {
  let found = modules.get(scriptPath);
  if (found === undefined) {
    const folder = dirname(scriptPath);
    const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    found = [
      { type: "ESModule", path: scriptPath, contents: readFileSync(scriptPath, "utf8") },
      ...wasm.map((name) => ({ type: "CompiledWasm", path: join(folder, name), contents: readFileSync(join(folder, name)) })),
    ];
    modules.set(scriptPath, found);
  }
  return found;
}

// The name of the one binding of a kind; the harness can't guess among several.
function only(kind, bindings) {
  const names = Object.keys(bindings ?? {});
  if (names.length !== 1) throw new Error(`expected exactly one ${kind} in wrangler.toml, found ${names.length}`);
  return names[0];
}

function collectLines(stream, log) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    log.push(...lines);
    if (log.length > LOG_LINES) log.splice(0, log.length - LOG_LINES);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const origin = (url) => new URL(url).origin;
