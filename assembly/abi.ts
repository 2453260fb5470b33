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
/** The result with one value per position: losses or log-sum-exps; in binary losses one per element. Own type. */
export const VALUES = 2;
/**
 * An operand as long as x: the upstream gradient dy, the direction v of a Hessian-vector product, or the targets of a binary
 * loss. Own type.
 */
export const OPERAND = 3;
/** One label per position: a class, IGNORED or NO_LABEL. i32. */
export const LABELS = 4;
/** One weight per class; 0 for weights of 1. f64. Of the binary losses two lists of them (binary.ts). */
export const WEIGHTS = 5;
/** Smoothed targets, as long as x: w_c·((1 − ε)·q_c + ε/C). f64. */
export const SMOOTHED_TARGETS = 6;
/** Target probabilities q as the caller gave them, as long as x. Own type. */
export const PROBABILITIES = 7;
/** ε/C, one per position, where C differs between positions; 0 for UNIFORM. f64. */
export const UNIFORMS = 8;
/** The upstream gradient of each position's loss, 0 for 1 everywhere. f64. */
export const UPSTREAM = 9;
/** u of sample, a number in [0, 1) a position, where other kernels have the upstream gradient. f64. */
export const RANDOM = UPSTREAM;
/** Which elements are present, one byte per element of x: 0 for absent. */
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

// Words of the binary losses, behind the numbers.

/** Classes of WEIGHTS, which elements go through in turn: 1 where all have the same weights. */
export const CLASSES = 40;
/** The class of the block's first element. */
export const FIRST_CLASS = 41;

// Words of what shortens rows, behind the numbers.

/** Elements from a row of the result of `compress`, or of the source of `expand`, to the next. */
export const WIDTH = 42;
/**
 * How many leading classes of each row are present, or are left by `compress`. Kernels use no others: except in argmax,
 * topK and sample, the results for the others, and for a row without classes, may be anything. 0 if all are present, if
 * there is a MASK, or if INNER is above 1. i32.
 */
export const LENGTHS = 43;

/**
 * How many additional weights follow each list of the binary losses: less than a vector, because a vector is read from
 * any class on.
 */
export const WEIGHTS_SPARE = 3;

// Words of partial and softmaxFrom, between the numbers.

/** What partial writes of each position, its state (state.ts), or what softmaxFrom reads of it: FROM_LENGTH doubles. f64. */
export const PARTS = 30;
/** Whether partial computes what an entropy takes; 0 for no. */
export const WITH_ENTROPY = 31;
/** The class of x's first one among all classes. */
export const OFFSET = 35;

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
/** What `select`, `fillAbsent`, `compress` and `expand` write where an element is absent. */
export const ABSENT = 14;

// Words and numbers of argmax, topK and sample.

/** Integers, `K` a position: classes of topK, largest first; of argmax and sample one, whatever `K` is. i32. */
export const INDICES = 32;
/** k: how many of the largest classes topK gives, and sample keeps; of sample 0 for all. */
export const K = 33;
/** What topK gives of each class: OF_PROBABILITY and so on. */
export const OF = 34;
/** The probability that the largest classes which sample keeps add up to; 1 for all classes. */
export const TOP_P = 18;
/** sample keeps classes whose probability is at least this times the largest; 0 for all. */
export const MIN_P = 19;

export const CALL_BYTES = 176;

/** Words OF: e^x_c / Σ e^x, its logarithm, x_c. */
export const OF_PROBABILITY = 0;
export const OF_LOG_PROBABILITY = 1;
export const OF_LOGIT = 2;
/** The index that sample gives for a position with NaN or +∞, or with nothing but −∞. */
export const NO_TOKEN = -1;

// What softmaxFrom reads of a position: the largest logit m, not divided; Σ e^((x_c − m)/τ) over all classes but that of m, and its
// error; and what its probabilities are multiplied by.

export const FROM_MAX = 0;
export const FROM_OTHERS = 1;
export const FROM_OTHERS_ERROR = 2;
export const FROM_SCALE = 3;
export const FROM_LENGTH = 4;

/** The label of an ignored position. */
export const IGNORED = -1;
/** The label of a position whose target is in SMOOTHED_TARGETS alone. */
export const NO_LABEL = -2;

/** Rows of at most this many classes are short: they are computed in batches of groups (batch.ts). */
export const SHORT_ROW_F32 = 256;
/** The same in f64, where a group has two rows. */
export const SHORT_ROW_F64 = 100;

// Scratch of a kernel for short rows, where `max` and `min` are of whole numbers, and whatever INNER is:
//
//   (max(2, min(BATCH_GROUPS, BATCH_VECTORS / COLS)) + 1) · (GROUP_BYTES + vectors · VECTOR_BYTES)    vectors = COLS + SPARE_VECTORS
//
// The additional group is for entropy, which needs the logits again after their exponentials have taken their place.
// Other kernels need SINGLE_GROUP_BYTES, plus 2 · vectors · VECTOR_BYTES if INNER is above 1, or a row if rows are
// long. That is never more than short rows of as many classes need, some of which may have to be computed alone.

/** The most groups of a batch. */
export const BATCH_GROUPS = 16;
/** The most vectors of classes in a batch of more than two groups. */
export const BATCH_VECTORS = 60;
/** Bytes of what the passes over a batch know of a group. */
export const GROUP_BYTES = 320;
/** Bytes of what passes know of a group that is computed alone, with its losses or its nucleus. */
export const SINGLE_GROUP_BYTES = 896;
/** Vectors behind those of the classes: for the term of the maximum, and for the padding of a sum. */
export const SPARE_VECTORS = 3;
/** Elements of which `compress` keeps all or none: their mask fills a vector. */
export const MASK_CHUNK = 16;
/** Up to this many classes of a nucleus are sorted; more are divided into bins. */
export const SORTED = 16;
/** Classes whose exponentials sample adds at once, as long as the running sum stays below the number it looks for. */
export const DRAWN = 256;
/**
 * Scratch of topK and sample: SINGLE_GROUP_BYTES; of sample the bins, four doubles each; then two rows on multiples of 16, each
 * with a vector to spare (the exponentials; classes that are not adjacent, or that are left of topK); then a list of classes,
 * and of sample two, a vector apart, i32.
 */
export const BINS_BYTES = 4 * 8 * 1024;
/** Bytes of a vector. */
export const VECTOR_BYTES = 16;
/** Vectors of f64 whose exponentials and logarithms the binary losses compute before they use them. */
export const BINARY_CHUNK = 32;
/** What they need for elements that do not fill a vector, and for what they know of the weights. */
export const BINARY_HEAD_BYTES = 8 * VECTOR_BYTES;
/** Their scratch. */
export const BINARY_SCRATCH_BYTES = BINARY_HEAD_BYTES + 4 * BINARY_CHUNK * VECTOR_BYTES;
