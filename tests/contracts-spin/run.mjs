// Runs the port contracts inside the Spin test host, on the embedded database and on a Redis server of their own, and prints one
// line per promise, then `N passed, N failed`.
//
//   node run.mjs PATH_OF_SPIN_TEST_HOST

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { conclude, print, startOrigin } from "../harness/contracts.mjs";

const MANIFEST = fileURLToPath(new URL("spin.toml", import.meta.url));
const [testHost] = process.argv.slice(2);

// A folder in memory where there is one: commits wait for the disk.
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "weir-contracts-"));
const origin = await startOrigin();
const children = [];
let total = 0;
let failed = 0;
try {
  for (const redis of [false, true]) {
    const variables = { contract_origin: origin.url, contract_secret: "one, two" };
    if (redis) variables.redis_url = await startRedis();
    const findings = await run(variables, join(folder, redis ? "redis" : "embedded"));
    total += findings.length;
    failed += print(findings, redis ? " with Redis" : "");
  }
} finally {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
  origin.stop();
  rmSync(folder, { recursive: true, force: true });
}
conclude(total, failed);

async function run(variables, state) {
  const host = started(testHost, [
    ...["--from", MANIFEST, "--state", state, "--listen", "127.0.0.1:0", "--end-with-stdin"],
    ...Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]),
  ]);
  const url = await said(host, /^Serving (.*)$/);
  const answer = await fetch(url);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the component answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

async function startRedis() {
  const port = await freePort();
  const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  await said(started("redis-server", ["--port", String(port), ...options]), /Ready to accept connections/);
  return `redis://127.0.0.1:${port}`;
}

function started(program, options) {
  const child = spawn(program, options, { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  return child;
}

// The line of a program that shows that it is ready: what its expression captures.
async function said(child, expression) {
  for await (const line of createInterface({ input: child.stdout })) {
    const found = line.match(expression);
    if (found) {
      child.stdout.resume();
      return found[1];
    }
  }
  throw new Error(`${child.spawnfile} ended without a word of ${expression}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
