// Arrays of a block, from TypeScript 5.2 on, with the library `esnext.disposable`.

import { alloc } from "softmax-wasm";

export function freed(): number {
  using array = alloc(Float32Array, 3);
  return array.length;
}
