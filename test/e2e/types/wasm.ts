// What a project that imports the module as a file has beside user.ts: its bundler declares what that gives, in wasmFiles.d.ts here.

import core from "softmax-wasm/core.wasm";

export const { compiledByTheBundler } = core;
