// From logits to tokens, against plain JavaScript and other libraries: npm run bench -- tokens. See ../README.md.

import { parseArgs } from "node:util";
import { alloc, argmax, sample, softmax, topK } from "softmax-wasm";
import { sample as sampleOfTensor } from "softmax-wasm/interop";
import { mulberry32 } from "../../test/reference/random.js";
import type { AnyCompetitor } from "../competitors/competitor.js";
import { arrayLoop, heap, recipeBefore, sortedSample } from "../competitors/plainTokens.js";
import { type Chooser, loadTokenPeers, type TokenPeer } from "../peers/tokens.mjs";
import { OPTIONS } from "./flags.js";
import { showSetting } from "../report/report.js";
import { settingOf } from "../report/setting.js";
import { median } from "../timing/median.js";
import { FULL, QUICK, roundRobin, type Timing } from "../timing/roundRobin.js";

/** Rows and classes: one token of three vocabularies, and 27 sequences at once. */
const SHAPES = [
  [1, 32_000],
  [1, 50_257],
  [1, 128_256],
  [27, 50_257],
] as const;
const K = 50;
const TEMPERATURE = 0.8;
const SEED = 20261130;

/** Normal logits: with a standard deviation of 3 a nucleus of 0.9 has some thousands of tokens, with 6 a few. */
function normal(length: number, deviation: number): Float32Array {
  const random = mulberry32(SEED);
  const one = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return new Float32Array(length).map(() => deviation * one());
}

/** Checks the plain competitors once, so that all do the same. */
function check(row: Float32Array): void {
  const expected = heap(row, K);
  const { indices } = topK(row, { k: K });
  if (indices.some((c, i) => c !== expected[i])) throw new Error("topK and the heap differ");
  if (argmax(row) !== arrayLoop(row)) throw new Error("argmax and the loop differ");
}

/** The libraries on a problem, each checked: k of a row have the logits of topK's, and a token is one of them. */
async function choosersOn(peers: readonly TokenPeer[], x: Float32Array, dims: readonly [number, number]) {
  const [rows, cols] = dims;
  const { values, indices } = topK(x, { shape: dims, k: K, of: "logit" });
  const choosers: (Chooser & { readonly name: string })[] = [];
  for (const peer of peers) {
    if (peer.topK) {
      const chooser = await peer.topK(x, dims, K);
      const chosen = await chooser.choose();
      if (values.some((value, i) => x[Math.floor(i / K) * cols + Number(chosen[i])] !== value))
        throw new Error(`topK and ${peer.name} differ`);
      choosers.push({ ...chooser, name: `topK of ${K} logits: ${peer.name}` });
    }
    if (peer.sample) {
      const chooser = await peer.sample(x, dims, K, TEMPERATURE);
      const chosen = await chooser.choose();
      for (let row = 0; row < rows; row++) {
        if (!indices.subarray(row * K, (row + 1) * K).includes(Number(chosen[row])))
          throw new Error(`${peer.name} draws what topK leaves out`);
      }
      choosers.push({
        ...chooser,
        name: `sample, temperature ${TEMPERATURE}, topK ${K}, topP 0.9: ${peer.name}, without topP`,
      });
    }
  }
  return choosers;
}

export async function tokens(args: readonly string[]): Promise<void> {
  const { quick } = parseArgs({ args: [...args], options: { quick: OPTIONS.quick } }).values;
  const effort = quick ? QUICK : FULL;
  console.log(showSetting(settingOf(), effort));
  const peers = await loadTokenPeers();
  console.log(peers.map(({ name, version }) => `${name} ${version}`).join("; "));
  console.log(
    "\nMicroseconds a call: the median of the rounds (lowest..highest); how many times the softmax, and the library's own: by the\nmedian of the rounds' ratios, and by the fastest ones",
  );
  for (const [rows, cols] of SHAPES) {
    const shape = [rows, cols] as const;
    const x = normal(rows * cols, 3);
    const peaked = normal(rows * cols, 6);
    const equal = new Float32Array(x.length);
    const out = new Float32Array(x.length);
    const each = (one: (row: Float32Array) => number) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += one(x.subarray(r * cols, (r + 1) * cols));
      return sum;
    };
    check(x.subarray(0, cols));
    const resident = alloc(Float32Array, x.length);
    resident.view.set(x);
    const tensor = { type: "float32", data: x, dims: [1, rows, cols] } as const;
    const choosers = await choosersOn(peers, x, shape);
    const of = (name: string, run: () => unknown) => ({
      name,
      run: () => {
        run();
        return 0;
      },
      result: () => x,
    });
    const ofPeer = ({ name, choose }: Chooser & { readonly name: string }): AnyCompetitor => ({
      name,
      runAsync: async () => (await choose()).length,
      result: () => x,
    });
    const timings = await roundRobin(
      [
        of("softmax", () => softmax(x, { shape, out })),
        of("argmax", () => argmax(x, { shape })),
        of("argmax, resident", () => argmax(resident, { shape })),
        of("argmax: a loop", () => each(arrayLoop)),
        of(`topK of ${K} logits`, () => topK(x, { shape, k: K, of: "logit" })),
        of(`topK of ${K} logits: a heap`, () => each((row) => heap(row, K)[0])),
        of(`topK of ${K} probabilities`, () => topK(x, { shape, k: K })),
        of(`sample, temperature ${TEMPERATURE}, topK ${K}, topP 0.9`, () =>
          sample(x, { shape, temperature: TEMPERATURE, topK: K, topP: 0.9 }),
        ),
        of(NOW, () => sampleOfTensor(tensor, { last: true, temperature: TEMPERATURE, topK: K, topP: 0.95 })),
        of(BEFORE, () => recipeBefore(x.slice(-cols), K, TEMPERATURE, softmax)),
        of("sample, topP 0.9", () => sample(x, { shape, topP: 0.9 })),
        of("sample, topP 0.9, peaked", () => sample(peaked, { shape, topP: 0.9 })),
        of("sample, topP 0.9, all equal", () => sample(equal, { shape, topP: 0.9 })),
        of("sample", () => sample(x, { shape })),
        of("sample, topP 0.9: a sort of the softmax", () => each((row) => sortedSample(softmax(row), 0.9))),
        ...choosers.map(ofPeer),
      ],
      x.length,
      effort,
    );
    console.log(`\n${rows} x ${cols}`);
    for (const timing of timings) {
      const { name, median: middle, min, max } = timing;
      const cells = [middle, min, max].map((time) => (time / 1000).toFixed(1));
      const own = timings.find((one) => one !== timing && name.startsWith(`${one.name}: `));
      console.log(
        `${name.padEnd(62)}${cells[0].padStart(10)} (${cells[1]}..${cells[2]})  ${ratio(timing, timings[0])}` +
          (own === undefined ? "" : `  ${ratio(timing, own)} of the library's`),
      );
    }
    const [now, before] = [NOW, BEFORE].map((name) => timings.find((timing) => timing.name === name)?.median ?? NaN);
    console.log(
      `A token of the guide's loop, beside the model: ${(before / 1e6).toFixed(2)} ms before, ${(now / 1e6).toFixed(3)} ms now`,
    );
    resident.free();
    for (const { free } of choosers) await free();
  }
  // The threads of onnxruntime-web would keep it alive.
  process.exit(0);
}

/** How many times the other's time: the median of the rounds, and by the fastest ones. */
function ratio(timing: Timing, other: Timing): string {
  const each = median(timing.rounds.map((time, round) => time / other.rounds[round]));
  return `${each.toFixed(2)}x ${(timing.min / other.min).toFixed(2)}x`;
}

/** The guide's loop has a tensor of all positions, and draws from the last of them. */
const NOW = "the guide's loop, last row: sample with topK and topP";
const BEFORE = "the guide's loop, last row: its recipe before";
