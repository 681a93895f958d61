// Test doubles that run inside workerd in the place of a binding, and the consumer that collects what the queue got.

import { join, relative } from "node:path";

const COMPATIBILITY_DATE = "2026-07-01";

// A consumer that hands every message of the queue to the harness, in the order of delivery.
export function collector(queueName, collect) {
  return {
    name: "harness-collector",
    modules: true,
    compatibilityDate: COMPATIBILITY_DATE,
    script: `
      export default {
        async queue(batch, env) {
          const bodies = batch.messages.map(({ body }) => typeof body === "string" ? body : JSON.stringify(body));
          const response = await env.COLLECT.fetch("http://harness/", { method: "POST", body: JSON.stringify(bodies) });
          if (!response.ok) throw new Error("the harness refused the batch");
        },
      };`,
    serviceBindings: { COLLECT: collect },
    queueConsumers: { [queueName]: { maxBatchSize: 100, maxBatchTimeout: 0, maxRetries: 3 } },
  };
}

// A queue producer whose `send` asks the harness each time: 200 passes the message on to the real queue, anything else throws.
//
// The class has workerd's own name, because a Rust worker recognises a binding by the name of its constructor.
export function refusingQueue(queueName, verdict) {
  return {
    name: "harness-refusing-queue",
    modules: true,
    script: `
      class WorkerQueue {
        constructor(env) { this.env = env; }
        async send(body, options) {
          const verdict = await this.env.VERDICT.fetch("http://harness/");
          if (!verdict.ok) throw new Error("Queue send failed: refused by the test");
          return this.env.INNER.send(body, options);
        }
        async sendBatch(messages, options) {
          const verdict = await this.env.VERDICT.fetch("http://harness/");
          if (!verdict.ok) throw new Error("Queue sendBatch failed: refused by the test");
          return this.env.INNER.sendBatch(messages, options);
        }
      }
      export default (env) => new WorkerQueue(env);`,
    serviceBindings: { VERDICT: verdict },
    queueProducers: { INNER: { queueName } },
  };
}

// A queue producer whose isolate collects messages and sends them together: `send` resolves at once for all but the first of a
// batch. That one waits until the batch is sent, so its request stays alive for as long as messages of others depend on it.
// A batch takes no more than a queue takes at once (100 messages, 256 KB); what comes then begins the next one.
export function batchingQueue(queueName) {
  return {
    name: "harness-batching-queue",
    modules: true,
    script: `
      const MOST_MESSAGES = 100, MOST_CHARACTERS = 60_000, MILLISECONDS = 20;
      class WorkerQueue {
        constructor(env) { this.queue = env.INNER; this.batch = null; }
        async send(body, options) {
          const batch = this.batch;
          if (batch !== null && batch.characters + body.length <= MOST_CHARACTERS) {
            batch.characters += body.length;
            batch.messages.push({ body, ...options });
            if (batch.messages.length === MOST_MESSAGES) this.batch = null;
            return;
          }
          const own = { messages: [{ body, ...options }], characters: body.length };
          this.batch = own;
          await new Promise((done) => setTimeout(done, MILLISECONDS));
          if (this.batch === own) this.batch = null;
          await this.queue.sendBatch(own.messages);
        }
      }
      export default (env) => new WorkerQueue(env);`,
    queueProducers: { INNER: { queueName } },
  };
}

// A key-value namespace that fails when the harness says so: `throw` rejects every call, `slow` holds it for a minute.
export function faultyKeyValue(namespace, verdict) {
  return {
    name: "harness-faulty-key-value",
    modules: true,
    script: `
      class KvNamespace {
        constructor(env) { this.env = env; }
        async #gate() {
          const fault = await (await this.env.VERDICT.fetch("http://harness/")).text();
          if (fault === "throw") throw new Error("KV failed: 500 Internal Server Error");
          if (fault === "slow") await new Promise((done) => setTimeout(done, 60_000));
        }
        async get(...rest) { await this.#gate(); return this.env.INNER.get(...rest); }
        async getWithMetadata(...rest) { await this.#gate(); return this.env.INNER.getWithMetadata(...rest); }
        async put(...rest) { await this.#gate(); return this.env.INNER.put(...rest); }
        async list(...rest) { await this.#gate(); return this.env.INNER.list(...rest); }
        async delete(...rest) { await this.#gate(); return this.env.INNER.delete(...rest); }
      }
      export default (env) => new KvNamespace(env);`,
    serviceBindings: { VERDICT: verdict },
    kvNamespaces: { INNER: namespace },
  };
}

// Durable Objects that stand where one of the gateway's belongs: `SlowObject` never answers in time, `BrokenObject` throws.
export function objectDoubles() {
  return {
    name: "harness-objects",
    modules: true,
    compatibilityDate: COMPATIBILITY_DATE,
    script: `
      export class SlowObject {
        async fetch() { await new Promise((done) => setTimeout(done, 60_000)); return new Response("too late"); }
      }
      export class BrokenObject {
        async fetch() { throw new Error("the Durable Object broke: asked for by the test"); }
      }
      export default { fetch: () => new Response("not a worker of its own", { status: 404 }) };`,
    durableObjects: {
      SLOW: { className: "SlowObject", useSQLite: true },
      BROKEN: { className: "BrokenObject", useSQLite: true },
    },
  };
}

// A module before the worker's own: `GET /harness/trap` tells it of a trap, as the runtime does of one in a task of the wasm.
// The wasm that is deployed has no request that makes it trap.
export function trapping({ modules, modulesRoot }) {
  const own = `./${relative(modulesRoot, modules[0].path)}`;
  const contents = `
    import Entry from "${own}";
    export * from "${own}";
    export default class extends Entry {
      fetch(request) {
        if (new URL(request.url).pathname !== "/harness/trap") return super.fetch(request);
        reportError(new WebAssembly.RuntimeError("unreachable"));
        return new Response(null, { status: 204 });
      }
    }`;
  return { type: "ESModule", path: join(modulesRoot, "harness-trapping.mjs"), contents };
}
