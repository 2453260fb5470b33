// What backend() has to say.

export const WASM = { kind: "wasm", variant: "simd" };

/** The entry ./relaxed where the engine has relaxed SIMD, and where it has not. */
export const RELAXED = { kind: "wasm", variant: "relaxed" };
export const NOT_RELAXED = { ...WASM, reason: /no relaxed SIMD/ };

/** A pool of two, and one where there is only the calling thread. */
export const TWO_THREADS = { ...WASM, threads: 2 };
export const NOT_ISOLATED = { ...WASM, threads: 1, reason: /not cross-origin isolated/ };
export const NO_WORKERS = { ...WASM, threads: 1, reason: /workerd has none/ };

/** JavaScript, for a reason that says this. */
export const js = (reason) => ({ kind: "js", reason });

/** The entry without WebAssembly. */
export const JS_BUILD = js(/^the JavaScript build$/);

/** What is wrong with a backend, or undefined. */
export function mismatch(expected, backend) {
  if (backend.kind !== expected.kind) {
    return `expected ${expected.kind}, got ${backend.kind}${backend.reason ? `: ${backend.reason}` : ""}`;
  }
  if (expected.variant && backend.variant !== expected.variant) {
    return `expected ${expected.variant}, got ${backend.variant}`;
  }
  if (expected.threads && backend.threads !== expected.threads) {
    return `expected ${expected.threads} threads, got ${backend.threads}: ${backend.reason}`;
  }
  if (expected.reason && !expected.reason.test(backend.reason)) {
    return `expected a reason like ${expected.reason}, got: ${backend.reason}`;
  }
  return undefined;
}
