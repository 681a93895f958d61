// Runs the port contracts inside real workerd and prints one line per promise, then `N passed, N failed`.

import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { conclude, print, startOrigin } from "../harness/contracts.mjs";

// Until requests on loopback have reached the Worker.
const SETTLE_MS = 200;
const BUILD = fileURLToPath(new URL("build", import.meta.url));

const origin = await startOrigin();

const workerd = new Miniflare({
  name: "contracts",
  host: "127.0.0.1",
  port: 0,
  cf: false,
  log: new Log(LogLevel.WARN),
  rootPath: BUILD,
  modulesRoot: BUILD,
  modules: [
    { type: "ESModule", path: `${BUILD}/index.js` },
    { type: "CompiledWasm", path: `${BUILD}/index_bg.wasm` },
  ],
  compatibilityDate: "2026-07-01",
  compatibilityFlags: ["enable_request_signal"],
  kvNamespaces: ["REGISTRY"],
  r2Buckets: ["OUTBOX", "TRAIL"],
  d1Databases: ["BOOKS"],
  queueProducers: { AUDIT_QUEUE: "contracts" },
  durableObjects: {
    ONCE: { className: "OnceObject", useSQLite: true },
    QUOTA: { className: "QuotaObject", useSQLite: true },
    VERSIONED_STORE: { className: "VersionedStoreObject", useSQLite: true },
  },
  bindings: { CONTRACT_ORIGIN: origin.url, CONTRACT_SECRET: "one, two" },
});

let findings = [];
try {
  const url = await workerd.ready;
  const report = async () => (await fetch(url)).json();
  findings = await report();
  for (const path of ["/trap", "/trap-in-task"]) {
    // Two calls are in flight; a GET owes no event. How the callers hear of the trap is the runtime's affair.
    const left = new AbortController();
    const hangs = ["POST", "POST", "GET"].map((method) => fetch(new URL("/hang", url), { method, signal: left.signal }).catch(() => {}));
    await setTimeout(SETTLE_MS);
    await fetch(new URL(path, url)).then((answer) => answer.text(), () => {});
    // The Durable Objects of the first report are still there, with values from the instance that has trapped.
    const again = await report();
    const kept = again.length > 0 && again.every((finding) => finding.kept);
    const lost = await (await fetch(new URL("/lost", url))).text();
    left.abort();
    await Promise.all(hangs);
    findings.push({ port: "Worker", promise: `after ${path} the new instance is told of two requests, not ${lost}`, kept: lost === "2" });
    findings.push({ port: "Worker", promise: `a request after ${path} finds a sound instance`, kept });
  }
} finally {
  await workerd.dispose();
  origin.stop();
}
conclude(findings.length, print(findings));
