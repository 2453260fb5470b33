// The model of examples/generation, a table of bigrams: logits of the next word = log(how often it followed + 0.02), counted
// in a nursery rhyme. `node test/e2e/examples/bigrams.mjs` writes it there, with its words.

import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onnxGraph } from "../peers/onnxModel.mjs";

const file = (name) => new URL(`../../../examples/generation/${name}`, import.meta.url);

/** What each verse of "The House That Jack Built" adds before those it repeats. */
const VERSES = [
  "the house that jack built",
  "the malt that lay in",
  "the rat that ate",
  "the cat that killed",
  "the dog that worried",
  "the cow with the crumpled horn that tossed",
  "the maiden all forlorn that milked",
  "the man all tattered and torn that kissed",
  "the priest all shaven and shorn that married",
  "the rooster that crowed in the morn that woke",
  "the farmer sowing his corn that kept",
];

/** The whole rhyme; "." begins and ends each sentence. */
function rhyme() {
  const sentences = VERSES.map(
    (_, i) =>
      `this is ${VERSES.slice(0, i + 1)
        .reverse()
        .join(" ")} .`,
  );
  return ["."].concat(sentences.flatMap((sentence) => sentence.split(" ")));
}

function model() {
  const text = rhyme();
  const words = [...new Set(text)];
  const counts = words.map(() => words.map(() => 0));
  for (let i = 1; i < text.length; i++) counts[words.indexOf(text[i - 1])][words.indexOf(text[i])]++;
  // To two digits, which any logarithm gives alike.
  const logits = Float32Array.from(counts.flat(), (count) => Math.round(100 * Math.log(count + 0.02)) / 100);
  const onnx = onnxGraph({
    name: "bigrams",
    nodes: [{ operator: "Gather", inputs: ["table", "input_ids"], outputs: ["logits"] }],
    inputs: [{ name: "input_ids", type: "int64" }],
    outputs: [{ name: "logits", type: "float32" }],
    constants: [{ name: "table", shape: [words.length, words.length], data: logits }],
  });
  return { "model.onnx": onnx, "words.txt": Buffer.from(words.join("\n")) };
}

/** Whether the files are what is written here. */
export const isAsWritten = () =>
  Object.entries(model()).every(([name, bytes]) => Buffer.compare(readFileSync(file(name)), bytes) === 0);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, bytes] of Object.entries(model())) writeFileSync(file(name), bytes);
}
