import { softmax } from "softmax-wasm";

globalThis.answer = softmax(Float32Array.of(1, 2, 3));
