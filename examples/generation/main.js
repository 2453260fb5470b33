import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ort from "onnxruntime-node";
import { sample, tokenLogProbs } from "softmax-wasm/interop";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const session = await ort.InferenceSession.create(file("model.onnx"));
const words = readFileSync(file("words.txt"), "utf8").split("\n");
const END = words.indexOf(".");
const LONGEST = 25;

/** A tensor as language models take it: one sequence of tokens. */
const sequence = (tokens) => new ort.Tensor("int64", BigInt64Array.from(tokens, BigInt), [1, tokens.length]);

/** Draws tokens until a sentence ends. `penalty` > 1 makes words less probable that have already occurred. */
async function generate(options, penalty = 1) {
  const context = [END];
  do {
    const { logits } = await session.run({ input_ids: sequence(context) }); // [1, T, V]
    const next = logits.data.subarray(-words.length);
    for (const token of new Set(context.slice(1))) next[token] *= next[token] > 0 ? 1 / penalty : penalty;
    const { tokens } = sample(logits, { last: true, ...options });
    context.push(tokens.data[0]);
  } while (context.at(-1) !== END && context.length < LONGEST);
  return context;
}

/** The model's own log-probability of each token after the first: without temperature, filters or penalty. */
async function logProbsOf(context) {
  const { logits } = await session.run({ input_ids: sequence(context.slice(0, -1)) });
  return tokenLogProbs(logits, sequence(context.slice(1))).data;
}

/** Numbers in [0, 1) that are the same at every start (mulberry32). */
function seeded(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function show(title, context) {
  const logProbs = await logProbsOf(context);
  const mean = logProbs.reduce((sum, one) => sum + one, 0) / logProbs.length;
  console.log(`${title}: perplexity ${Math.exp(-mean).toFixed(2)}`);
  console.log(
    `  ${context
      .slice(1)
      .map((token) => words[token])
      .join(" ")}`,
  );
  return logProbs;
}

const random = seeded(8);
await show("greedy", await generate({ temperature: 0 }));
await show("temperature 1.5", await generate({ temperature: 1.5, random }));
const context = await generate({ temperature: 1.5, topK: 20, topP: 0.9, minP: 0.05, random }, 1.3);
const logProbs = await show("with filters and a repetition penalty", context);
console.log(`  log-probabilities ${Array.from(logProbs, (one) => one.toFixed(1)).join(" ")}`);
