import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The variables that a file exports, by their lines. */
const exportedBy = (text: string) => text.match(/^export (?:let|var)\b.*/gm) ?? [];

it("no file of the kernels exports a variable: what passes leave for each other is in records that they are given", () => {
  // Of a variable that another file writes, nothing shows where it is read who wrote it, and when.
  const files = readdirSync("assembly", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(30);
  expect(files.flatMap((name) => exportedBy(readFileSync(join("assembly", name), "utf8")))).toEqual([]);
  expect(exportedBy("const a = 1;\nexport let b: i32 = 0;")).toHaveLength(1);
});
