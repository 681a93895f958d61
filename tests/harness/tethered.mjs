// Runs a program for as long as its own standard input is open, so that nothing outlives whoever started it.
//
//   node tethered.mjs --log FILE [--ready TEXT] -- PROGRAM [ARGUMENT…]
//
// What the program prints goes into FILE. Once a line of it begins with TEXT, without TEXT at once, one JSON line says so:
// {"line": …}. The program is ended with SIGTERM, and takes along what it started itself.

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { log: { type: "string" }, ready: { type: "string" } },
});
const [program, ...programArguments] = positionals;
const log = createWriteStream(options.log);
let told = false;

const tell = (line) => {
  if (told) return;
  told = true;
  process.stdout.write(`${JSON.stringify({ line })}\n`);
};

// Its standard input is a pipe from here: it sees the end of this process, however that comes.
const child = spawn(program, programArguments, { stdio: ["pipe", "pipe", "pipe"] });
child.on("error", (error) => {
  process.stderr.write(`${program} can't be started: ${error.message}\n`);
  process.exit(1);
});
child.on("spawn", () => options.ready === undefined && tell(""));
for (const output of [child.stdout, child.stderr]) {
  createInterface({ input: output }).on("line", (line) => {
    log.write(`${line}\n`);
    if (options.ready !== undefined && line.startsWith(options.ready)) tell(line);
  });
}
// `close` comes after the last line, so whoever looks into the log finds the reason there.
child.on("close", (code) => log.end(() => process.exit(code ?? 0)));

const end = () => child.kill("SIGTERM");
process.on("SIGTERM", end);
process.on("SIGINT", end);
process.stdin.on("end", end);
process.stdin.resume();
