/* global Worker */
import { createPool } from "softmax-wasm/threads";
import { answerOfPool } from "../threads/answerOfPool.mjs";

const worker = () => new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });

void createPool({ threads: 2, worker })
  .then(answerOfPool)
  .then((answer) => (globalThis.answer = answer));
