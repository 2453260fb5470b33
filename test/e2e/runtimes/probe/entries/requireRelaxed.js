/* global require */
/* eslint-disable @typescript-eslint/no-require-imports */
const library = require("softmax-wasm/relaxed");
const shards = require("softmax-wasm/shards");

void import("../probe.mjs").then(({ probe }) => console.log(JSON.stringify(probe(library, shards))));
