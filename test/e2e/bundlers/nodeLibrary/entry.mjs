// A library of somebody's that has this one inside it.

import { backend, crossEntropyGrad, softmax } from "softmax-wasm";
import { createPool } from "softmax-wasm/threads";
import { answerOf } from "../all/example.mjs";
import { answerOfPool } from "../threads/answerOfPool.mjs";

export const answer = () => answerOf({ backend, crossEntropyGrad, softmax });

export async function poolAnswer() {
  const pool = await createPool({ threads: 2 });
  try {
    return await answerOfPool(pool);
  } finally {
    await pool.terminate();
  }
}
