// What kernels and their callers share. Read by asc and by tsc, so it holds nothing but numbers.
//
// A kernel takes one argument: the address of its call block, CALL_BYTES bytes on a multiple of 16. Word n of the block is
// the 32-bit integer at byte 4·n; number n is the double at byte 8·n. A kernel reads only the words and numbers that its
// contract names; the others may hold anything.

// Words that are addresses, in bytes; 0 stands for an array that is not there. "Own type": f32, or f64 in kernels of f64.

/** Logits; in the backward functions, the result of the forward function; in pointwise kernels, the source. Own type. */
export const X = 0;
/** The result that is as long as x. Own type. */
export const OUT = 1;
/** The result with one value a position: losses or log-sum-exps. Own type. */
export const VALUES = 2;
/** An operand as long as x: the upstream gradient dy, or the direction v of a Hessian-vector product. Own type. */
export const OPERAND = 3;
/** One label a position: a class, IGNORED or NO_LABEL. i32. */
export const LABELS = 4;
/** One weight a class; 0 for weights of 1. f64. */
export const WEIGHTS = 5;
/** Smoothed targets, as long as x: w_c·((1 − ε)·q_c + ε/C). f64. */
export const SMOOTHED_TARGETS = 6;
/** Target probabilities q as the caller gave them, as long as x. Own type. */
export const PROBABILITIES = 7;
/** ε/C, one a position, where C differs between positions; 0 for UNIFORM. f64. */
export const UNIFORMS = 8;
/** The upstream gradient of each position's loss; 0 for 1 everywhere. f64. */
export const UPSTREAM = 9;
/** Which elements are present, one byte an element of x: 0 for absent. */
export const MASK = 10;
/** Memory for the kernel's own use: SPARE_VECTORS below says how much. */
export const SCRATCH = 11;

// Words that say where the positions lie: element (r, c, i) of ROWS × COLS × INNER at (r·cols + c)·stride + i.

/** Rows: the product of the sizes before the axis. */
export const ROWS = 12;
/** Classes: the size of the axis. */
export const COLS = 13;
/** Adjacent positions: the product of the sizes after the axis. */
export const INNER = 14;
/** Elements from a class to the next: 1 where INNER is 1, else at least INNER and at least the lanes of a vector. */
export const STRIDE = 15;

// Numbers.

/** 1 − ε, which multiplies the given targets. */
export const CONFIDENCE = 8;
/** ε/C. */
export const UNIFORM = 9;
/** λ of the term λ·(log Σ e^x)². */
export const Z_LOSS = 10;
/** Multiplies a derivative: of the weighted cross entropy, or of softmax. */
export const LOSS_SCALE = 11;
/** Multiplies s·p_c, the derivative of the z-loss: 2·λ·upstream gradient / positions, for a gradient over the temperature. */
export const Z_LOSS_SCALE = 12;
/** τ: results are those of x/τ, derivatives with respect to x. 1 for none. */
export const TEMPERATURE = 13;
/** What `select` writes where an element is absent. */
export const ABSENT = 14;

export const CALL_BYTES = 128;

/** The label of a position that takes no part. */
export const IGNORED = -1;
/** The label of a position whose target is in SMOOTHED_TARGETS alone. */
export const NO_LABEL = -2;

/** Rows of at most this many classes are short: they are computed in batches of groups (batch.ts). */
export const SHORT_ROW_F32 = 256;
/** The same in f64, where a group has two rows. */
export const SHORT_ROW_F64 = 100;

// Scratch of a kernel for short rows, where `max` and `min` are of whole numbers, and whatever INNER is:
//
//   max(2, min(BATCH_GROUPS, BATCH_VECTORS / COLS)) · (GROUP_BYTES + vectors · VECTOR_BYTES)    vectors = COLS + SPARE_VECTORS
//
// Else, where INNER is above 1, 2 · vectors · VECTOR_BYTES, and for long rows a row.

/** The most groups of a batch. */
export const BATCH_GROUPS = 16;
/** The most vectors of classes in a batch of more than two groups. */
export const BATCH_VECTORS = 60;
/** Bytes of what the passes over a batch know of a group. */
export const GROUP_BYTES = 256;
/** Vectors behind those of the classes: for the term of the maximum, and for the padding of a sum. */
export const SPARE_VECTORS = 3;
/** Bytes of a vector. */
export const VECTOR_BYTES = 16;
