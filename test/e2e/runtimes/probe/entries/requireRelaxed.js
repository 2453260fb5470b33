/* global require */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const library = require("softmax-wasm/relaxed");

void import("../probe.mjs").then(({ probe }) => console.log(JSON.stringify(probe(library))));
