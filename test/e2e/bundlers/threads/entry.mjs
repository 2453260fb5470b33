import { createPool } from "softmax-wasm/threads";
import { answerOfPool } from "./answerOfPool.mjs";

void createPool({ threads: 2 })
  .then(answerOfPool)
  .then((answer) => (globalThis.answer = answer));
