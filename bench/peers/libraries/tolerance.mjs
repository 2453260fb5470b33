// Relative, for who adds up a row in f32: what that rounds grows with the classes. Here, 128256 of them at most.

/** In a few lanes. The softmax of TensorFlow.js is off by 2.4e-5. */
export const SUM_IN_F32 = 1e-4;

/** One term after the other. jax-js and the loss of TensorFlow.js are off by 1.8e-4. */
export const RUNNING_SUM_IN_F32 = 1e-3;
