// The module that workerd loads: the function's handlers and Durable Objects, and the recovery after a trap.
//
// `cargo xtask build` appends one line per handler and per Durable Object, then bundles this with the output of wasm-bindgen.

import { WorkerEntrypoint } from "cloudflare:workers";
import * as rust from "./index.js";

// The runtime's ten frames would show the panic's own machinery only.
Error.stackTraceLimit = 100;

// Of the crate `worker`: a panic sets `criticalError`, and each new instance of the wasm has a higher `instanceId`.
const isolate = rust.__worker_init_state();

// The number of open requests on this instance: POSTs, and the streams of sessions. Each will write an event, which a trap
// loses.
let working = { requests: 0 };

// For a function with `note_lost`: adds the lost events of the previous instance to the new one's count.
let noteLost = () => {};

// After a trap, memory is as the trap left it. No call runs on it again: the next one starts on a new instance.
function onSoundInstance(call) {
  if (isolate.criticalError) {
    const { requests } = working;
    console.error(`The wasm trapped with ${requests} requests in flight; starting a new instance`);
    working = { requests: 0 };
    rust.__wbg_reset_state();
    isolate.criticalError = false;
    noteLost(requests);
  }
  try {
    return call();
  } catch (error) {
    recordTrap(error);
    throw error;
  }
}

function recordTrap(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  console.error("Critical", error);
  isolate.criticalError = true;
}

// A trap in a task is thrown where no handler waits for it.
addEventListener("error", ({ error }) => recordTrap(error));

export default class Entry extends WorkerEntrypoint {}

function handler(name) {
  Entry.prototype[name] = function (event) {
    const context = owesEvent(event) ? counted(this.ctx) : this.ctx;
    return onSoundInstance(() => rust[name](event, this.env, context));
  };
}

function owesEvent(event) {
  return event.method === "POST" || event.headers?.has("mcp-session-id") === true;
}

// The `ctx` of a request that counts until its work is done. After a trap its promises never settle.
function counted(context) {
  return {
    waitUntil(work) {
      const mine = working;
      const done = () => (mine.requests -= 1);
      mine.requests += 1;
      work.then(done, done);
      context.waitUntil(work);
    },
  };
}

// A class whose Rust value is made again on a new instance; the object's storage stays.
function durableObject(Rust) {
  class Lasting {
    #given;
    #value;
    #instanceId;

    constructor(...given) {
      this.#given = given;
      onSoundInstance(() => this.#current());
    }

    #current() {
      // Any call lets wasm-bindgen replace an instance that trapped in a task, before the number is compared.
      rust.__worker_init_state();
      if (this.#instanceId !== isolate.instanceId) {
        this.#value = new Rust(...this.#given);
        this.#instanceId = isolate.instanceId;
      }
      return this.#value;
    }

    static call(object, name, given) {
      return onSoundInstance(() => object.#current()[name](...given));
    }
  }
  const inner = ["constructor", "free", "__destroy_into_raw"];
  for (const name of Object.getOwnPropertyNames(Rust.prototype).filter((name) => !inner.includes(name))) {
    Lasting.prototype[name] = function (...given) {
      return Lasting.call(this, name, given);
    };
  }
  return Lasting;
}
