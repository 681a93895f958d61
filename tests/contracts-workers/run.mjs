// Runs the port contracts inside real workerd and prints one line per promise, then `N passed, N failed`.
//
// It is also the server that the suite of `Fetch` is tried against: see `origin_answers` in the gateway's contract.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";

const BUILD = fileURLToPath(new URL("build", import.meta.url));

const origin = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { pathname } = new URL(request.url, "http://origin");
  switch (pathname) {
    case "/echo": {
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\n`);
      response.end(`${headers.join("")}\n${Buffer.concat(pieces)}`);
      break;
    }
    case "/redirect":
      response.writeHead(307, { location: "/echo" }).end();
      break;
    case "/large":
      response.write("x".repeat(50_000));
      response.end("x".repeat(50_000));
      break;
    case "/stream":
      response.write("one");
      setTimeout(() => response.end("two"), 50);
      break;
    case "/hang":
      response.flushHeaders();
      break;
    default:
      response.writeHead(404).end("not here");
  }
});
await new Promise((resolve) => origin.listen(0, "127.0.0.1", resolve));

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
  },
  bindings: { CONTRACT_ORIGIN: `http://127.0.0.1:${origin.address().port}`, CONTRACT_SECRET: "one, two" },
});

let failed = 0;
try {
  const answer = await fetch(await workerd.ready);
  const findings = await answer.json();
  for (const { port, promise, kept } of findings) console.log(`test ${port}: ${promise} ... ${kept ? "ok" : "FAILED"}`);
  failed = findings.filter(({ kept }) => !kept).length;
  console.log(`${findings.length - failed} passed, ${failed} failed`);
  if (findings.length === 0) failed = 1;
} finally {
  await workerd.dispose();
  origin.closeAllConnections();
  origin.close();
}
process.exitCode = failed === 0 ? 0 : 1;
