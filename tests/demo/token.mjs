// Prints a fresh access token for one person of a running demo: node tests/demo/token.mjs alice [--gateway URL] [--idp URL]

import { parseArgs } from "node:util";
import { Person } from "./person.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gateway: { type: "string", default: "http://127.0.0.1:8787" },
    idp: { type: "string", default: "http://127.0.0.1:8789" },
  },
});
try {
  process.stdout.write(`${await new Person(positionals[0] ?? "alice", values).token()}\n`);
} catch (error) {
  process.stderr.write(`no token: ${error.message}\n`);
  process.exitCode = 1;
}
