/* global require */
/* eslint-disable @typescript-eslint/no-require-imports */
const library = require("softmax-wasm");
const linear = require("softmax-wasm/linear");
const threads = require("softmax-wasm/threads");

void import("../probePool.mjs").then(async ({ probePool }) =>
  console.log(JSON.stringify(await probePool(library, threads, linear))),
);
