/* global require */
/* eslint-disable @typescript-eslint/no-require-imports */
const library = require("softmax-wasm");
const linear = require("softmax-wasm/linear");

void import("../probeLinear.mjs").then(({ probeLinear }) => console.log(JSON.stringify(probeLinear(library, linear))));
