"use client";

import { useEffect, useMemo } from "react";
import { backend, crossEntropyGrad, softmax } from "softmax-wasm";
import { createPool } from "softmax-wasm/threads";
import { answerOf } from "../all/example.mjs";
import { answerOfPool } from "../threads/answerOfPool.mjs";

/** On the server, in the page, in a worker of the page's, and on several threads. */
export function Client() {
  const answer = useMemo(() => answerOf({ backend, crossEntropyGrad, softmax }), []);
  useEffect(() => {
    void answersOfPage(answer).then((answers) => (globalThis.answer = answers));
  }, [answer]);
  return <p id="client">{JSON.stringify(answer)}</p>;
}

const answersOfPage = async (page) => ({ page, worker: await answerOfWorker(), pool: await answerOfThreads() });

function answerOfWorker() {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

async function answerOfThreads() {
  const pool = await createPool({ threads: 2 });
  try {
    return await answerOfPool(pool);
  } finally {
    await pool.terminate();
  }
}
