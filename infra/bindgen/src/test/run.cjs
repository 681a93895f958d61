// Runs the tests in `tests.js`: `node run.cjs [--exact PATH | --containing TEXT] [--include-ignored] [--nocapture]`.
//
// A test is an export `__wbgt_MARK_CRATE::PATH`, with the mark `$` if it is ignored. wasm-bindgen-test runs them and prints the
// results; it asks of its surroundings the globals and the console below.

const { parseArgs } = require("node:util");

const { values: options } = parseArgs({
  options: {
    exact: { type: "string" },
    containing: { type: "string", default: "" },
    "include-ignored": { type: "boolean", default: false },
    nocapture: { type: "boolean", default: false },
  },
});

const isWanted = (path) => (options.exact === undefined ? path.includes(options.containing) : path === options.exact);

// The module calls these while it loads, so they are there before it.
const print = console.log.bind(console);
globalThis.__wbgtest_og_console_log = print;
globalThis.__wbg_test_invoke = (test) => test();

const rust = require("./tests.js");
const tests = Object.keys(rust.__wasm).filter((name) => name.startsWith("__wbgt_"));
if (tests.length === 0) {
  // Without a test, the runtime of the tests is not linked either.
  print("test result: ok. 0 passed; 0 failed; 0 ignored; 0 filtered out");
  process.exit(0);
}
const context = new rust.WasmBindgenTestContext(false);
context.include_ignored(options["include-ignored"]);

// What a test writes belongs to its result: the context keeps it and prints it with a failure.
for (const method of ["debug", "log", "info", "warn", "error"]) {
  const original = console[method].bind(console);
  console[method] = (...texts) => {
    if (options.nocapture) original(...texts);
    rust[`__wbgtest_console_${method}`](texts);
  };
}

const wanted = tests.filter((name) => isWanted(name.slice(name.indexOf("::") + 2)));
context.filtered_count(tests.length - wanted.length);

context.run(wanted.map((name) => rust.__wasm[name])).then(
  (passed) => process.exit(passed ? 0 : 1),
  (error) => {
    print(error);
    process.exit(1);
  },
);
