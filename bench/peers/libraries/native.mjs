// The C kernel of native/, compiled here and run in a process of its own, which times itself when it is its turn.

import { Buffer } from "node:buffer";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SUM_IN_F32 } from "./tolerance.mjs";

const here = fileURLToPath(new URL("native/", import.meta.url));
const FLAGS = ["-O3", "-msse4.1", "-std=c11", "-D_POSIX_C_SOURCE=200809L"];

export function load() {
  const binary = compiled();
  return { version: binary.version, resident: (work, problem) => resident(binary.path, work, problem) };
}

/** By the first compiler that there is: clang, whose vectors are WebAssembly's too, or gcc. */
function compiled() {
  mkdirSync(`${here}build`, { recursive: true });
  const path = `${here}build/softmax`;
  const sources = ["softmax.c", "main.c"].map((name) => here + name);
  const refusals = [];
  for (const compiler of ["clang", "gcc"]) {
    const run = (...args) => spawnSync(compiler, args, { encoding: "utf8" });
    const { error, status, stderr } = run(...FLAGS, ...sources, "-lm", "-o", path);
    if (status === 0) {
      const [version] = run("--version").stdout.split("\n");
      return { path, version: `${version}, ${FLAGS.slice(0, 2).join(" ")}` };
    }
    refusals.push(`${compiler}: ${error?.code ?? stderr.split("\n")[0]}`);
  }
  throw new Error(refusals.join("; "));
}

function resident(path, work, { rows, cols, x, labels }) {
  const child = spawn(path, { stdio: ["pipe", "pipe", "inherit"] });
  const read = readerOf(child);
  for (const values of [Int32Array.of(work === "softmax" ? 0 : 1, rows, cols), x, labels])
    child.stdin.write(bytes(values));

  /** Has it run for so long, or once with 0 seconds; nanoseconds a run, and the loss. */
  async function ask(seconds, repeats) {
    const command = new DataView(new ArrayBuffer(16));
    command.setFloat64(0, seconds, true);
    command.setBigInt64(8, BigInt(repeats), true);
    child.stdin.write(bytes(command));
    const answer = await read(16);
    return { ns: answer.getFloat64(0, true), loss: answer.getFloat64(8, true) };
  }

  let out;
  const competitor = {
    name: "native C resident",
    runAsync: async () => {
      const { loss } = await ask(0, 1);
      const answer = await read(4 * x.length);
      out = new Float32Array(answer.buffer, answer.byteOffset, x.length);
      return loss;
    },
    clock: async (seconds, repeats) => (await ask(seconds, repeats)).ns,
    result: () => out,
    tolerance: SUM_IN_F32,
  };
  return { competitors: [competitor], free: () => child.stdin.end() };
}

const bytes = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);

/** A function that gives the next so many bytes of what a process writes, in memory of their own. */
function readerOf(child) {
  let chunks = [];
  let arrived = 0;
  let waiting;
  const serve = () => {
    if (!waiting || arrived < waiting.length) return;
    const { length, resolve } = waiting;
    const all = Buffer.concat(chunks);
    chunks = [all.subarray(length)];
    arrived -= length;
    waiting = undefined;
    resolve(new DataView(Uint8Array.from(all.subarray(0, length)).buffer));
  };
  child.stdout.on("data", (chunk) => {
    chunks.push(chunk);
    arrived += chunk.length;
    serve();
  });
  child.on("exit", (code) => waiting?.reject(new Error(`the native process ended with ${code}`)));
  return (length) =>
    new Promise((resolve, reject) => {
      waiting = { length, resolve, reject };
      serve();
    });
}
