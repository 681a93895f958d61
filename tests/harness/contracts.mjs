// The server that the suite of `Fetch` is tried against: see `origin_answers` in the gateway's contract; and how a report is printed.

import { createServer } from "node:http";

export async function startOrigin() {
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
  return {
    url: `http://127.0.0.1:${origin.address().port}`,
    stop() {
      origin.closeAllConnections();
      origin.close();
    },
  };
}

// One line per promise; returns how many were broken.
export function print(findings, on = "") {
  for (const { port, promise, kept } of findings) console.log(`test ${port}${on}: ${promise} ... ${kept ? "ok" : "FAILED"}`);
  return findings.filter(({ kept }) => !kept).length;
}

// What `cargo xtask test` counts, and what a shell sees.
export function conclude(total, failed) {
  console.log(`${total - failed} passed, ${failed} failed`);
  process.exitCode = total > 0 && failed === 0 ? 0 : 1;
}
