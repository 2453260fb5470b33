import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The names of a file's variables, after "export" where it exports them. */
const variablesOf = (text: string) =>
  Array.from(text.matchAll(/^((?:export )?)(?:let|var) (\w+)/gm), (m) => m[1] + m[2]);

it("the kernels have no variables but these: what passes leave for each other is in records that they are given", () => {
  // Of a variable nothing shows where it is read who wrote it, and when.
  expect(variablesOf("const a = 1;\nexport let b: i32 = 0;\nlet c: i32 = 0;")).toEqual(["export b", "c"]);
  const files = readdirSync("assembly", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const variables = files.flatMap((name) =>
    variablesOf(readFileSync(join("assembly", name), "utf8")).map((variable) => `${name}: ${variable}`),
  );
  expect(variables.sort()).toEqual([
    // Keeps loads from being left out, and is never read.
    "scratch.ts: walked",
    // The temperature is the call's, and not a group's; so is how precise its exponentials are.
    "temperature.ts: arePreciseOn",
    "temperature.ts: isOn",
    "temperature.ts: isUnitOn",
  ]);
});
