// Stands for onnxruntime-web in the documents: its tensor, and a session whose model has two rows of logits. That
// softmax-wasm/interop takes the real tensors is what test/e2e/interop says.

type Elements = Float32Array | Float64Array | Uint16Array | BigInt64Array;

export class Tensor {
  readonly type: string;
  readonly data: Elements;
  readonly dims: readonly number[];
  readonly location = "cpu";

  constructor(type: string, data: Elements, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

export const InferenceSession = {
  create: (path: string) =>
    Promise.resolve({
      path,
      run: (feeds: Record<string, Tensor>) => {
        const [rows] = Object.values(feeds)[0].dims;
        const data = Float32Array.of(2, 1, 0.1, 0, 3, 1).subarray(0, 3 * rows);
        return Promise.resolve({ logits: new Tensor("float32", data, [rows, 3]) });
      },
    }),
};
