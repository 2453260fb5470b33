import type { Backend } from "softmax-wasm";

/** A backend, for reading. */
export function nameOf({ kind, variant }: Backend): string {
  if (kind === "js") return "JavaScript";
  return variant === "simd" ? "WebAssembly with SIMD" : "WebAssembly";
}
