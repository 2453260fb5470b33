// The functions whose calls are executed, which instances, pools and the workers of pools take from here. Of each:
// `kernel`, what computes it; `callOf`, which checks its arguments and makes a call of them; `on`, which binds it to an
// engine. `on` is written for each apart: V8 compiles what one line makes many of without knowing its engine, and a call of
// ten elements then takes a fifth longer.

export * as argmax from "./argmax.js";
export * as binaryCrossEntropy from "./binaryCrossEntropy.js";
export * as binaryCrossEntropyGrad from "./binaryCrossEntropyGrad.js";
export * as crossEntropy from "./crossEntropy.js";
export * as crossEntropyGrad from "./crossEntropyGrad.js";
export * as crossEntropyHvp from "./crossEntropyHvp.js";
export * as entropy from "./entropy.js";
export * as logSoftmax from "./logSoftmax.js";
export * as logSoftmaxBackward from "./logSoftmaxBackward.js";
export * as logSumExp from "./logSumExp.js";
export * as sample from "./sample.js";
export * as sigmoid from "./sigmoid.js";
export * as softmax from "./softmax.js";
export * as softmaxBackward from "./softmaxBackward.js";
export * as topK from "./topK.js";
export * as tokenLogProbs from "./tokenLogProbs.js";
