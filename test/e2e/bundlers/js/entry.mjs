import { backend, crossEntropyGrad, softmax } from "softmax-wasm/js";
import { answerOf } from "../all/example.mjs";

globalThis.answer = answerOf({ backend, crossEntropyGrad, softmax });
