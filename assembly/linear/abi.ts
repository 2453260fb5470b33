// What the products and their callers share. Read by asc and by tsc, so it holds nothing but numbers.

/** A mode of `multiply`: the sums start from what `out` holds. */
export const ADDS = 1;
/** A mode of `multiply`, instead: rows of the product are columns of `out`. */
export const TURNED = 2;

/** Bytes of a row of a panel, and of a tile: two vectors. */
export const PANEL_ROW = 32;
/** Rows of a tile. */
export const TILE_ROWS = 4;
