// What the searches have found: kept in found.json, and as a table in docs/numerics.md.

import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import type { Instance } from "../../../src/index.js";
import {
  CONTRACT,
  DERIVED,
  type Key,
  KEYS,
  PENDING,
  type Quantity,
  QUANTITIES,
  type Temperatures,
  TEMPERATURES,
} from "./bounds.js";
import { restored, stored, type StoredProblem } from "./problem.js";
import { errorOf, type Finds } from "./search.js";
import { type SubjectName, SUBJECTS } from "./subjects.js";

const FILE = new URL("found.json", import.meta.url);
const DOCUMENT = new URL("../../../docs/numerics.md", import.meta.url);
/** Between which the table stands in the document. */
const BEGIN = "<!-- found: written by SEARCH_SAVE=1 npm run test:slow -- search -->\n";
const END = "<!-- end of found -->";

export interface StoredFound {
  readonly quantity: Quantity;
  readonly key: Key;
  readonly temperatures: Temperatures;
  readonly subject: SubjectName;
  /** null: infinite. */
  readonly error: number | null;
  readonly elements: number;
  readonly problem?: StoredProblem;
}

export const readFound = (): StoredFound[] => JSON.parse(readFileSync(FILE, "utf8")) as StoredFound[];

/**
 * Writes the worst rows of a search, and the table. Rows that were found before stay where these kernels have a larger error
 * on them than on what was found now.
 */
export async function save(finds: Finds, instance: Instance): Promise<void> {
  const before = readFound();
  const looked = [...finds].map((found): StoredFound => {
    const { quantity, key, temperatures, elements } = found;
    const isSame = (one: StoredFound) =>
      one.quantity === quantity && one.key === key && one.temperatures === temperatures && one.problem !== undefined;
    let { error, subject } = found;
    let problem = found.problem && stored(found.problem, "takesV" in SUBJECTS[subject]);
    for (const old of before.filter(isSame)) {
      if (old.problem === undefined) continue;
      const again = errorOf(instance, old.subject, quantity, restored(old.problem));
      if (again > error) [error, subject, problem] = [again, old.subject, old.problem];
    }
    return {
      quantity,
      key,
      temperatures,
      subject,
      error: Number.isFinite(error) ? error : null,
      elements,
      ...(problem && { problem }),
    };
  });
  const isOf = (one: StoredFound) => (other: StoredFound) =>
    one.quantity === other.quantity && one.key === other.key && one.temperatures === other.temperatures;
  // What this search did not look for, it leaves as it was.
  const entries = [...looked, ...before.filter((old) => !looked.some(isOf(old)))];
  writeFileSync(FILE, await format(JSON.stringify(entries), { parser: "json", printWidth: 120 }));
  const document = readFileSync(DOCUMENT, "utf8");
  const [above, rest] = document.split(BEGIN);
  const [, below] = rest.split(END);
  writeFileSync(DOCUMENT, `${above}${BEGIN}\n${await tableOf(entries)}\n\n${END}${below}`);
}

/** The table that the document has. */
export function tableInDocument(): string {
  const document = readFileSync(DOCUMENT, "utf8");
  return document.slice(document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)).trim();
}

const NAMES: Readonly<Record<Quantity, string>> = {
  softmax: "softmax",
  "softmax, mean": "",
  "sum of softmax": "\\|Σp − 1\\|, in 2^-24 or 2^-53",
  "log-softmax": "log-softmax",
  logSumExp: "logSumExp, of max(\\|m\\|, \\|log Σ\\|)",
  loss: "loss, all options but zLoss",
  "loss with zLoss": "loss with zLoss *",
  "gradient, label": "gradient of a label, its entry",
  "gradient, others": "gradient of a label, other entries",
  "gradient with options": "gradient with options *",
  Hessian: "crossEntropyHvp *",
  "Hessian with zLoss": "crossEntropyHvp with zLoss *",
  softmaxBackward: "softmaxBackward *",
  logSoftmaxBackward: "logSoftmaxBackward *",
  Jacobian: "Jacobian",
  sigmoid: "sigmoid",
  binary: "binary loss, gradient of t = 0, 1",
  "binary, general": "binary loss, gradient otherwise *",
  entropy: "entropy",
  "mean and sum": "mean and sum, beyond the rows",
};

/** One line a quantity and precision. */
export async function tableOf(entries: readonly StoredFound[]): Promise<string> {
  const lines = [
    "| result | type | bound | derived | no τ | τ 0.1 to 5 | any τ, any logits | elements |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const quantity of QUANTITIES) {
    for (const key of KEYS) {
      const of = (which: Temperatures) =>
        entries.find((one) => one.quantity === quantity && one.key === key && one.temperatures === which);
      if (of("none") === undefined) continue;
      const elements = TEMPERATURES.reduce((sum, which) => sum + (of(which)?.elements ?? 0), 0);
      const found = TEMPERATURES.map((which) => shown(of(which)));
      const isPending = PENDING.some(([name, type]) => name === quantity && type === key);
      const derived = isPending ? "" : (DERIVED[quantity]?.[key] ?? "");
      const cells = [NAMES[quantity], key, CONTRACT[quantity][key], derived, ...found, shownCount(elements)];
      lines.push(`| ${cells.join(" | ")} |`);
    }
  }
  return (await format(lines.join("\n"), { parser: "markdown", printWidth: 120 })).trim();
}

function shown(found: StoredFound | undefined): string {
  if (found === undefined) return "";
  if (found.error === null) return "NaN";
  return found.error < 1000 ? found.error.toFixed(2) : found.error.toExponential(0).replace("e+", "e");
}

const shownCount = (count: number) =>
  count >= 1e6 ? `${(count / 1e6).toFixed(0)}e6` : `${(count / 1e3).toFixed(0)}e3`;
