// Starts real workerd for the Rust test harness and serves a small control API on loopback; ends when its stdin closes.
//
// Prints one line when ready, `{"control":"http://127.0.0.1:PORT"}`, then answers:
//
//   POST   /hosts                       → 201 {id, gateway, gateway_edge, ledger}
//     vars {}, secrets {}               plain text bindings of the gateway (ledger_vars, ledger_secrets: of the ledger)
//     key_value {key: base64}           what the namespace holds from the start
//     queue                             collect (default): GET events has them · refuse: every send throws · ledger: the real consumer
//                                       batch: an isolate's messages are collected and sent together
//     once, quota, versioned_store      real (default) · slow: answers after a minute · broken: throws
//     key_value_fault                   none · throw · slow: puts a double before the namespace, to be changed later
//     may_trap                          true: GET /harness/trap makes the gateway's wasm count as trapped
//     ledger                            true starts the ledger too (queue "ledger" implies it), its database migrated
//     persist                           a directory laid out as `wrangler … --local --persist-to` does; default: memory
//     port, ledger_port                 fixed ports; default: free ones
//     worker, ledger_worker             a built entry module instead of the one that wrangler.toml names
//     gateway_config, ledger_config     another wrangler.toml
//   PUT    /hosts/ID/key_value/KEY      raw bytes → 204            DELETE likewise
//   PUT    /hosts/ID/key_value_fault    none | throw | slow → 204  (only where key_value_fault was in the order)
//   PUT    /hosts/ID/refuse_share       0 … 1 → 204                (only with queue "refuse")
//   PUT    /hosts/ID/bindings/NAME      a text → 204: a variable or secret of the gateway from the next restart on
//   POST   /hosts/ID/restart            → 200 {gateway}             every isolate ends; the stores stay
//   GET    /hosts/ID/events             what the queue delivered, as a JSON array
//   GET    /hosts/ID/outbox             [{key, body}] of the objects under outbox/
//   GET    /hosts/ID/objects?prefix=P   [{key, body}] of all objects
//   GET    /hosts/ID/log                what workerd and the workers printed, as text
//   DELETE /hosts/ID                    → 204
//
// `gateway` is the worker's own socket. `gateway_edge` passes through Miniflare's entry worker, which adds the caller's facts (`cf`,
// `CF-Connecting-IP`) as the edge would, but holds back a client's reset while a stream is silent. On `gateway` a test gives the
// facts itself: a header `MF-CF-Blob` with the JSON of `cf`.

import { createServer } from "node:http";
import { startHost } from "./workers/host.mjs";

const BODY_BYTES = 64 * 1024 * 1024;
const hosts = new Map();
let lastId = 0;

const server = createServer((request, response) => {
  answer(request)
    .then(({ status = 200, json, text }) => {
      response.writeHead(status, { "content-type": text === undefined ? "application/json" : "text/plain; charset=utf-8" });
      response.end(text ?? (json === undefined ? undefined : JSON.stringify(json)));
    })
    .catch((error) => {
      response.writeHead(error.status ?? 500, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: error.message }));
    });
});

async function answer(request) {
  const url = new URL(request.url, "http://control");
  const [collection, id, part, ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
  if (collection !== "hosts") throw refusal(404, `no such resource \`${url.pathname}\``);
  if (id === undefined) {
    if (request.method !== "POST") throw refusal(405, "POST starts a host");
    const order = JSON.parse((await read(request)).toString() || "{}");
    const host = await startHost(order);
    const name = String(++lastId);
    hosts.set(name, host);
    return { status: 201, json: { id: name, gateway: host.gateway, gateway_edge: host.gatewayEdge, ledger: host.ledger } };
  }
  const host = hosts.get(id);
  if (host === undefined) throw refusal(404, `no host \`${id}\``);
  switch (`${request.method} ${part ?? ""}`) {
    case "PUT key_value":
      await host.putKey(rest.join("/"), await read(request));
      return { status: 204 };
    case "DELETE key_value":
      await host.deleteKey(rest.join("/"));
      return { status: 204 };
    case "PUT key_value_fault":
      host.keyValueFault = (await read(request)).toString();
      return { status: 204 };
    case "PUT refuse_share":
      host.refuseShare = Number((await read(request)).toString());
      return { status: 204 };
    case "PUT bindings":
      host.bind(rest.join("/"), (await read(request)).toString());
      return { status: 204 };
    case "POST restart":
      await host.restart();
      return { json: { gateway: host.gateway } };
    case "GET events":
      return { json: host.events };
    case "GET outbox":
      return { json: await host.objects("outbox/") };
    case "GET objects":
      return { json: await host.objects(url.searchParams.get("prefix") ?? "") };
    case "GET log":
      return { text: host.log.join("\n") };
    case "DELETE ":
      hosts.delete(id);
      await host.stop();
      return { status: 204 };
    default:
      throw refusal(404, `no such resource \`${request.method} ${url.pathname}\``);
  }
}

function refusal(status, message) {
  return Object.assign(new Error(message), { status });
}

async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_BYTES) throw refusal(413, "the body is larger than 64 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// Ends every workerd before this process: a test run that was killed leaves nothing behind.
let leaving = false;
async function leave() {
  if (leaving) return;
  leaving = true;
  server.close();
  await Promise.allSettled([...hosts.values()].map((host) => host.stop()));
  process.exit(0);
}
process.stdin.resume();
process.stdin.on("end", leave);
process.stdin.on("close", leave);
process.on("SIGTERM", leave);
process.on("SIGINT", leave);

server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify({ control: `http://127.0.0.1:${server.address().port}` })}\n`));
