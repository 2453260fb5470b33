/* global require */
// CommonJS by the package.json above it, as the library's user may still write it.
/* eslint-disable @typescript-eslint/no-require-imports */
const library = require("softmax-wasm");
const shards = require("softmax-wasm/shards");

void import("../probe.mjs").then(({ probe }) => console.log(JSON.stringify(probe(library, shards))));
