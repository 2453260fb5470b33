// Tensors as libraries make them, by structure: fakes of what test/e2e/interop/ does with the real packages.

export const logits = Float32Array.of(2, 1, -0.5, 0, 3, 1);
export const shape = [2, 3];
export const labels = Int32Array.of(0, 1);

/** onnxruntime's and transformers.js's. */
export const onnx = <Type extends string, Data extends ArrayLike<unknown>>(
  type: Type,
  data: Data,
  dims: readonly number[],
) => ({
  type,
  dims,
  data,
  location: "cpu",
  size: data.length,
});

/** TensorFlow.js's, of which `data` is a function. */
export const sync = <Type extends string>(dtype: Type, data: ArrayLike<number>, sizes: readonly number[]) => ({
  dtype,
  shape: sizes,
  size: data.length,
  strides: [sizes[1]],
  data: () => Promise.resolve(data),
  dataSync: () => data,
});

export const stdlib = <Data>(data: Data, sizes: readonly number[], strides: readonly number[], offset: number) => ({
  data,
  shape: sizes,
  strides,
  offset,
});

export const scijs = <Data>(data: Data, sizes: readonly number[], stride: readonly number[], offset: number) => ({
  data,
  shape: sizes,
  stride,
  offset,
});

/** By the kind of tensor, the same logits. */
export const TENSORS = [
  ["onnx", onnx("float32", logits, shape)],
  ["sync", sync("float32", logits, shape)],
  ["stdlib", stdlib(logits, shape, [3, 1], 0)],
  ["scijs", scijs(Float32Array.of(9, 2, 0, 1, 3, -0.5, 1), shape, [1, 2], 1)],
] as const;

export const LABELS = [
  ["Int32Array", labels],
  ["plain", [0, 1]],
  ["int64", onnx("int64", BigInt64Array.of(0n, 1n), [2])],
  ["uint8", onnx("uint8", Uint8Array.of(0, 1), [2])],
  ["int32 of another rank", sync("int32", labels, [2, 1])],
  ["reversed", stdlib(Int16Array.of(1, 0), [2], [-1], 1)],
  ["plain, strided", scijs([0, 7, 1], [2], [2], 0)],
] as const;
