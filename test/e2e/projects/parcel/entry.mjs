// Every entry, in a bundle of Parcel without settings.

import { softmax } from "softmax-wasm";
import { softmax as ofTensor } from "softmax-wasm/interop";
import { softmax as inJs } from "softmax-wasm/js";
import { softmax as relaxed } from "softmax-wasm/relaxed";
import { createPool } from "softmax-wasm/threads";

const x = Float32Array.of(2, 1, 0.1);
createPool({ threads: 1 }).then(async (pool) => {
  const all = [softmax, inJs, relaxed].map((each) => each(x));
  const tensor = ofTensor({ type: "float32", dims: [3], data: x });
  console.log(JSON.stringify([...all, tensor.data, await pool.softmax(x)].map((p) => p[0].toFixed(4))));
});
