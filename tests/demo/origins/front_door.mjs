// The checks of the demo's origins before they answer: a loopback `Host`, so that no web page can rebind its name to them, and
// proof that the request came through the gateway, or is a person's own.

import { createHash, timingSafeEqual } from "node:crypto";
import { localhostHostValidation } from "@modelcontextprotocol/node";

const digest = (value) => createHash("sha256").update(value).digest();

// `await open(request, response)` is true for the gateway, whose `header` is exactly `value`; any other request gets a refusal.
// Digests are compared, so that timing reveals nothing about either.
export function secretDoor(header, value) {
  const expected = digest(value);
  return hostDoor((request) => timingSafeEqual(digest(request.headers[header] ?? ""), expected));
}

// The same with any other check, which may be asynchronous, and the words of its refusal.
export function hostDoor(passes, refusal = "this origin answers its gateway only") {
  const validHost = localhostHostValidation();
  return async (request, response) => {
    if (!validHost(request, response)) return false;
    const passed = await passes(request);
    if (!passed) {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: refusal }));
    }
    return passed;
  };
}

// The secret of an origin, from the environment that the demo gives it; without one it does not start.
export function secretOf(name) {
  const variable = `ORIGIN_${name.toUpperCase()}_SECRET`;
  const secret = process.env[variable];
  if (secret) return secret;
  process.stderr.write(`set ${variable}, the secret that the gateway shows\n`);
  return process.exit(2);
}

// Serves on loopback, then prints one JSON line, and ends when stdin closes, as all child processes of the demo do.
export function serve(server, port) {
  server.listen(port, "127.0.0.1", () => {
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/mcp` })}\n`);
  });
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
}
