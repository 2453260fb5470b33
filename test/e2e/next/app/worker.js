/* global postMessage */
import { backend, crossEntropyGrad, softmax } from "softmax-wasm";
import { answerOf } from "../all/example.mjs";

postMessage(answerOf({ backend, crossEntropyGrad, softmax }));
