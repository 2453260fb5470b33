import { js, JS_BUILD, NOT_ISOLATED, WASM } from "./expected.mjs";

const FORBIDDEN = js(/content security policy|CSP|unsafe-eval/i);

const ROWS = [
  ["page", "free", "page", WASM],
  ["worker", "free", "module worker", WASM],
  ["worklet", "free", "AudioWorklet", WASM],
  ["page", "wasm-unsafe-eval", "page, CSP 'wasm-unsafe-eval'", WASM],
  ["page", "strict", "page, CSP 'self'", FORBIDDEN],
  ["worker", "strict", "worker, CSP 'self'", FORBIDDEN],
  ["pageJs", "strict", "page, CSP 'self', ./js", JS_BUILD],
  ["pageThreads", "free", "page, ./threads", NOT_ISOLATED],
];

/**
 * The rows of a browser: `open(use)` starts one and lends its version and the way to an address; `relaxed` is what the entry
 * ./relaxed has there, and `threads` what a pool of two has in a page that is served as isolated.
 */
export function browserRows(runtime, server, { relaxed, threads }, open) {
  const rows = [
    ...ROWS,
    ["pageRelaxed", "free", "page, ./relaxed", relaxed],
    ["pageThreads", "isolated", "isolated page, ./threads", threads],
  ];
  return rows.map(([context, policy, format, expected]) => ({
    runtime,
    format,
    expected,
    // Audio threads of Firefox and WebKit take subnormals for 0, against the rules of JavaScript and WebAssembly.
    mayFlush: context === "worklet",
    run: () => open(async (version, visit) => ({ version, report: await server.reportOf(context, policy, visit) })),
  }));
}
