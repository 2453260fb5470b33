// The state of a position whose classes lie in pieces: STATE_LENGTH doubles, all of them finite and none of them −0, so
// that JSON gives the same state back. Fifteen zeros are the state of no classes; merging it changes nothing.
//
// With logits over the temperature τ, m the largest of the classes seen so far, and e_c = e^((x_c − m)/τ):

/** The largest logit m, not divided by τ, where it is finite; else 0. */
export const MAX = 0;
/**
 * Σ e_c over all classes but the one of m, as a sum of two doubles. m's own term, which is 1, is left out so that a
 * confident position keeps its digits; two doubles are used so that merging in any order causes no visible rounding.
 */
export const OTHERS = 1;
export const OTHERS_LO = 2;
/** The class of m: the lowest of equals, the first NaN where there is one. */
export const CLASS = 3;
/** The label's logit, not divided, where it was seen and is finite; else 0. */
export const LABEL_LOGIT = 4;
/** The label's weight, where it was seen; else 0. */
export const LABEL_WEIGHT = 5;
/** τ. */
export const TEMPERATURE = 6;
/** How many classes have been seen. */
export const COUNT = 7;
/** The kind of state, and flags: below. */
export const FLAGS = 8;
/** Σ e_c·(m − x_c)/τ in two doubles, for the entropy; 0 where it was not asked for. */
export const DISTANCE = 9;
export const DISTANCE_LO = 10;
/** Σ w_c·(m − x_c)/τ in two doubles, for label smoothing; 0 where it was not asked for. */
export const SPREAD = 11;
export const SPREAD_LO = 12;
/** Σ w_c in two doubles, for label smoothing; 0 where it was not asked for. */
export const MASS = 13;
export const MASS_LO = 14;

/** How many doubles the state of a position has. */
export const STATE_LENGTH = 15;

// The kinds, in FLAGS & KIND. The kind of two merged states is the larger of their kinds.

export const KIND = 7;
/** No class. */
export const EMPTY = 0;
/** Nothing but −∞. */
export const LOWEST = 1;
/** A finite maximum. */
export const FINITE = 2;
/** +∞ among others. */
export const INFINITE = 3;
/** NaN among others. */
export const NOT_A_NUMBER = 4;

// The flags.

/** The label was seen. */
export const HAS_LABEL = 8;
/** … and its logit is −∞. */
export const LABEL_IS_LOWEST = 16;
/** The position is ignored: its label is `ignoreIndex`. */
export const IS_IGNORED = 32;
/** A mask left a piece no class. */
export const IS_MASKED = 64;
/** DISTANCE was asked for. */
export const HAS_ENTROPY = 128;
/** SPREAD and MASS were asked for. */
export const HAS_SMOOTHING = 256;
/** SPREAD is infinite: a logit of −∞ has a weight. */
export const SPREAD_IS_INFINITE = 512;
export const ALL_FLAGS = 1023;
