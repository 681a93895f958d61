// Imported before the provider, which warns everybody that starts it without a production's settings, partly on standard output: our
// starter reads one line of JSON there.

console.info = console.warn = () => {};
