import { backend, crossEntropyGrad, softmax } from "softmax-wasm";
import { answerOf } from "./example.mjs";

globalThis.answer = answerOf({ backend, crossEntropyGrad, softmax });
