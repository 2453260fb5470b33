// Stands for @huggingface/transformers in the documents: three words, and a model that finds each likelier than the one
// before. That softmax-wasm/interop takes the real tensors is what test/e2e/interop says.

import { Tensor } from "./onnxruntimeWeb.js";

const WORDS = ["mat", "dog", "sea"];

function tokenizer(text: string): { input_ids: Tensor } {
  const { length } = text.split(" ");
  return { input_ids: new Tensor("int64", new BigInt64Array(length), [1, length]) };
}

tokenizer.decode = (ids: readonly number[]) => ids.map((id) => WORDS[id]).join(" ");

function model({ input_ids }: { input_ids: Tensor }): Promise<{ logits: Tensor }> {
  const [, length] = input_ids.dims;
  const data = Float32Array.from({ length: length * WORDS.length }, (_, i) => i % WORDS.length);
  return Promise.resolve({ logits: new Tensor("float32", data, [1, length, WORDS.length]) });
}

const named =
  <Loaded>(loaded: Loaded) =>
  (name: string) =>
    name === "" ? Promise.reject(new Error("no name")) : Promise.resolve(loaded);

export const AutoTokenizer = { from_pretrained: named(tokenizer) };
export const AutoModelForCausalLM = { from_pretrained: named(model) };
