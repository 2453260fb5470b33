// Stands for @huggingface/transformers in the documents: three words, and a model that finds each more likely than the
// one before. That softmax-wasm/interop takes the real tensors is what test/interop says.

import { Tensor } from "./onnxruntimeWeb.js";

const WORDS = ["mat", "dog", "sea"];

function tokenizer(text: string): { input_ids: Tensor } {
  const { length } = text.split(" ");
  return {
    input_ids: new Tensor(
      "int64",
      BigInt64Array.from({ length }, () => 0n),
      [1, length],
    ),
  };
}

tokenizer.decode = (ids: readonly number[]) => ids.map((id) => WORDS[id]).join(" ");

export const AutoTokenizer = {
  from_pretrained: (name: string) => Promise.resolve(Object.assign(tokenizer, { name })),
};

export const AutoModelForCausalLM = {
  from_pretrained: (name: string) =>
    Promise.resolve(
      Object.assign(
        ({ input_ids }: { input_ids: Tensor }) => {
          const [, length] = input_ids.dims;
          const data = Float32Array.from({ length: length * WORDS.length }, (_, i) => i % WORDS.length);
          return Promise.resolve({ logits: new Tensor("float32", data, [1, length, WORDS.length]) });
        },
        { name },
      ),
    ),
};
