// The kernels and what each of their arguments stands for, from the signatures in assembly/index.ts: a kernel or an argument
// that is new there is tested or refused here, never passed over.

import { readFileSync } from "node:fs";

export interface Kernel {
  readonly name: string;
  readonly type: "f32" | "f64";
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly name: string;
  readonly role: Role;
}

export type Role = ArrayRole | CountRole | "number" | "scratch";
type CountRole = "rows" | "cols" | "inner" | "stride" | "length";

/** An array of memory. */
export interface ArrayRole {
  /** One value an element, a position or a class. */
  readonly of: "elements" | "positions" | "classes";
  /** Of the kernel's own precision, or of this one. */
  readonly element: "own" | "f64" | "i32" | "u8";
  /** Whether it is written; it may then be read too. */
  readonly written: boolean;
  /** Whether it may be 0, which stands for none. */
  readonly optional: boolean;
}

const array = (of: ArrayRole["of"], element: ArrayRole["element"], more: Partial<ArrayRole> = {}): ArrayRole => ({
  of,
  element,
  written: false,
  optional: false,
  ...more,
});
const INPUT = array("elements", "own");
const OUTPUT = array("elements", "own", { written: true });
const VALUES = array("positions", "own", { written: true });
const NUMBERS = array("positions", "f64", { optional: true });

const ROLES: Readonly<Record<string, Role>> = {
  x: INPUT,
  y: INPUT,
  dy: INPUT,
  v: INPUT,
  q: array("elements", "own", { optional: true }),
  out: OUTPUT,
  grad: OUTPUT,
  values: VALUES,
  losses: VALUES,
  labels: array("positions", "i32"),
  weights: array("classes", "f64", { optional: true }),
  b: array("elements", "f64", { optional: true }),
  upstream: NUMBERS,
  spreads: NUMBERS,
  mask: array("elements", "u8"),
  scratch: "scratch",
  share: "number",
  lambda: "number",
  factor: "number",
  penalty: "number",
  spread: "number",
  divisor: "number",
  absent: "number",
  rows: "rows",
  cols: "cols",
  inner: "inner",
  stride: "stride",
  length: "length",
};

/** The one argument that means something else to one kernel: what the losses read it writes. */
const ROLES_OF_KERNEL: Readonly<Record<string, Role>> = {
  "spreadOver b": array("elements", "f64", { written: true }),
};

/** What the module exports besides kernels. */
export const NO_KERNELS = ["heapBase", "memory", "unreachableAbort"];

export function kernelsIn(source: string): Kernel[] {
  const signatures = [...source.matchAll(/^export function (\w+)\(([^)]*)\): (\w+)/gm)];
  return signatures
    .filter(([, name]) => !NO_KERNELS.includes(name))
    .map(([, name, list]) => {
      const base = name.replace(/F64$/, "");
      const parameters = list.split(",").flatMap((parameter): Parameter[] => {
        const parameterName = parameter.split(":")[0].trim();
        if (parameterName === "") return [];
        const role = ROLES_OF_KERNEL[`${base} ${parameterName}`] ?? ROLES[parameterName];
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a name that the tables do not have
        if (role === undefined)
          throw new Error(`${name}: the tests of bounds do not know the argument ${parameterName}`);
        return [{ name: parameterName, role }];
      });
      return { name, type: base === name ? "f32" : "f64", parameters };
    });
}

export const KERNELS = kernelsIn(readFileSync("assembly/index.ts", "utf8"));

/** Up to so many classes, rows pass through scratch, a vector of them at once. */
export const FEW = Number(/\bFEW(?:: i32)? = (\d+);/.exec(readFileSync("assembly/groups.ts", "utf8"))?.[1]);
