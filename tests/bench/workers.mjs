// Starts the Workers of the bench, each in a workerd of its own with the bindings of wrangler.toml; ends when its stdin closes.
//
// One JSON object per line on stdin, one answer per line on stdout, `{"error": text}` after a failure:
//
//   {"start": {worker?, vars?, secrets?, queue?, persist?, seed?, inspect?}}  → {id, url, milliseconds}
//       worker   a file of this folder in the place of the gateway
//       queue    `batch`: each isolate collects messages and sends them together
//       persist  the folder of the stores, so that another start finds them filled
//       seed     a file with one `{"key", "value": base64}` per line, put into the key-value store
//       inspect  true to start its inspector, which `heap` needs
//   {"memory": id}  → {bytes}   resident set of its workerd
//   {"heap": id}    → {bytes, wasm, slots, sizes}   memory after garbage collection, as in heap.mjs
//   {"events": id}  → {count}   messages that its queue delivered so far
//   {"log": id}     → {text}    the last output of its workerd
//   {"stop": id}    → {}

import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startHost } from "../harness/workers/host.mjs";
import { heapOf } from "./heap.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const LOG_LINES = 40;
const PUTS_AT_ONCE = 32;
const hosts = new Map();
let lastId = 0;

async function start({ worker, seed, ...order }) {
  const before = new Set(workerds().keys());
  const began = performance.now();
  const host = await startHost({ ...order, worker: worker && join(HERE, worker) });
  const milliseconds = performance.now() - began;
  // Not kept: the bench would measure the memory of hundreds of thousands of events.
  host.delivered = 0;
  host.events = { push: () => (host.delivered += 1) };
  host.process = [...workerds().keys()].find((id) => !before.has(id));
  if (seed !== undefined) await fill(host, seed);
  const id = ++lastId;
  hosts.set(id, host);
  return { id, url: host.gateway, milliseconds };
}

async function fill(host, seed) {
  const running = new Set();
  for await (const line of createInterface({ input: createReadStream(seed) })) {
    const { key, value } = JSON.parse(line);
    const put = host.putKey(key, Buffer.from(value, "base64")).then(() => running.delete(put));
    running.add(put);
    if (running.size >= PUTS_AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
}

// Resident bytes of every workerd that this process started, by process id.
function workerds() {
  const table = execFileSync("ps", ["-A", "-o", "ppid=,pid=,rss=,comm="], { encoding: "utf8" });
  const rows = table.trim().split("\n").map((line) => line.trim().split(/\s+/));
  const ours = rows.filter(([parent, , , name]) => Number(parent) === process.pid && name.includes("workerd"));
  return new Map(ours.map(([, id, kilobytes]) => [Number(id), Number(kilobytes) * 1024]));
}

async function answer(order) {
  if (order.start) return start(order.start);
  const [[verb, id]] = Object.entries(order);
  const host = hosts.get(id);
  if (host === undefined) throw new Error(`no host \`${id}\``);
  switch (verb) {
    case "memory":
      return { bytes: workerds().get(host.process) ?? 0 };
    case "heap":
      return heapOf(await host.inspector(), () => fetch(`${host.gateway}/healthz`));
    case "events":
      return { count: host.delivered };
    case "log":
      return { text: host.log.slice(-LOG_LINES).join("\n") };
    case "stop":
      hosts.delete(id);
      await host.stop();
      return {};
    default:
      throw new Error(`no such order \`${verb}\``);
  }
}

// Ends every workerd before this process: a bench that was killed leaves nothing behind.
async function leave() {
  await Promise.allSettled([...hosts.values()].map((host) => host.stop()));
  process.exit(0);
}
process.on("SIGTERM", leave);
process.on("SIGINT", leave);

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
await leave();
