import type { Backend } from "softmax-wasm";

/** The name of a backend, as the page shows it. */
export function nameOf({ kind, variant }: Backend): string {
  if (kind === "js") return "JavaScript";
  return variant === "simd" ? "WebAssembly with SIMD" : "WebAssembly";
}
