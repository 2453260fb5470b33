// What messages say of arguments that are taken elsewhere, or by another call.

import { show } from "../errors.js";

/** What came, and where it is taken if it is a tensor or a table of another library. */
export function showOrLead(value: unknown): string {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return show(value);
  const has = (...names: readonly string[]) => names.every((name) => name in value);
  const isTensor =
    has("dims", "type") || has("dataSync") || has("data", "shape") || has("toArray", "nullCount") || has("selection");
  const isTable = has("rows", "columns", "to2DArray");
  if (isTensor || isTable) return `${show(value)}: softmax-wasm/interop takes tensors and tables`;
  return show(value);
}
