import init from "./rules.js";

// Fetches `rules_bg.wasm` from beside `rules.js`; bundlers understand that too.
await init();

export * from "./api.js";
