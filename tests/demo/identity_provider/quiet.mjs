// Imported before the provider. Without settings for production it prints warnings, partly on standard output, where the demo
// expects one line of JSON.

console.info = console.warn = () => {};
