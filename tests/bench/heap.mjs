// The memory that an isolate keeps, read through its inspector.

import { setTimeout as sleep } from "node:timers/promises";
import { fetch } from "miniflare";

const PATIENCE_MS = 10_000;
const NUDGE_MS = 100;

// The instances of wasm: the bytes of their memories, which the heap's usage leaves out, and the slots of their tables, of
// which the largest holds the JavaScript values that Rust refers to. The gateway writes the sizes of its memories to the log.
const WASM = `function () {
  let [bytes, slots] = [0, 0];
  for (const { exports } of this) {
    exports.log_sizes?.();
    for (const item of Object.values(exports)) {
      if (item instanceof WebAssembly.Memory) bytes += item.buffer.byteLength;
      if (item instanceof WebAssembly.Table) slots = Math.max(slots, item.length);
    }
  }
  return { bytes, slots };
}`;

// The memory after garbage collection: bytes of objects, of their backing stores, and of wasm; slots of wasm's tables; and
// the lines about the gateway's own memories. workerd collects when the isolate has a request next, so `nudge` makes one.
export async function heapOf(url, nudge) {
  const { webSocket } = await fetch(url, { headers: { Upgrade: "websocket" } });
  const waiting = new Map();
  let contextId;
  const sizes = [];
  webSocket.addEventListener("message", ({ data }) => {
    const { id, error, result, method, params } = JSON.parse(data);
    if (method === "Runtime.executionContextCreated") contextId = params.context.id;
    if (method === "Runtime.consoleAPICalled") sizes.push(String(params.args[0]?.value));
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
    const { result: kind } = await ask("Runtime.evaluate", { contextId, expression: "WebAssembly.Instance.prototype" });
    const { objects } = await ask("Runtime.queryObjects", { prototypeObjectId: kind.objectId });
    sizes.length = 0;
    const call = { functionDeclaration: WASM, objectId: objects.objectId, returnByValue: true };
    const { result: wasm } = await ask("Runtime.callFunctionOn", call);
    const javaScript = usedSize + embedderHeapUsedSize + backingStorageSize;
    return { bytes: javaScript + wasm.value.bytes, wasm: wasm.value.bytes, slots: wasm.value.slots, sizes };
  } finally {
    webSocket.close();
  }
}
