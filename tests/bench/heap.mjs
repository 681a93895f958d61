// What an isolate keeps, asked of its inspector.

import { setTimeout as sleep } from "node:timers/promises";
import { fetch } from "miniflare";

const PATIENCE_MS = 10_000;
const NUDGE_MS = 100;

// Adds up the memories of wasm, which the heap's usage leaves out.
const WASM = "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }";

// Bytes that are left after garbage is collected, of objects, of what is behind them, and of wasm. workerd collects when the
// isolate has a request next, so `nudge` makes one.
export async function heapOf(url, nudge) {
  const { webSocket } = await fetch(url, { headers: { Upgrade: "websocket" } });
  const waiting = new Map();
  let contextId;
  webSocket.addEventListener("message", ({ data }) => {
    const { id, error, result, method, params } = JSON.parse(data);
    if (method === "Runtime.executionContextCreated") contextId = params.context.id;
    const { done, fail } = waiting.get(id) ?? {};
    error === undefined ? done?.(result) : fail?.(new Error(`the inspector: ${error.message}`));
  });
  webSocket.accept();
  const ask = (method, params) =>
    new Promise((done, fail) => {
      const id = waiting.size + 1;
      waiting.set(id, { done, fail });
      setTimeout(() => fail(new Error(`${method}: no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS).unref();
      webSocket.send(JSON.stringify({ id, method, params }));
    });
  try {
    await ask("Runtime.enable");
    await ask("HeapProfiler.enable");
    let waits = true;
    const collected = ask("HeapProfiler.collectGarbage").finally(() => (waits = false));
    while (waits) await Promise.all([nudge(), Promise.race([collected, sleep(NUDGE_MS)])]);
    await collected;
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await ask("Runtime.getHeapUsage");
    const { result: kind } = await ask("Runtime.evaluate", { contextId, expression: "WebAssembly.Memory.prototype" });
    const { objects } = await ask("Runtime.queryObjects", { prototypeObjectId: kind.objectId });
    const call = { functionDeclaration: WASM, objectId: objects.objectId, returnByValue: true };
    const { result: wasm } = await ask("Runtime.callFunctionOn", call);
    return usedSize + embedderHeapUsedSize + backingStorageSize + wasm.value;
  } finally {
    webSocket.close();
  }
}
