// What an error that nobody catches looks like in Node: it prints the line that threw, all of it.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** The calls of each entry, none of which is right. */
const CALLS = {
  "softmax-wasm": "softmax('logits')",
  "softmax-wasm/js": "crossEntropyGrad([1, 2], [5])",
  "softmax-wasm/relaxed": "softmax([1, 2], { shape: [3] })",
  "softmax-wasm/interop": "logSumExp({ dims: [2], type: 'int8', data: [1, 2] })",
  "softmax-wasm/linear": "linear([1, 2], { weight: [1, 2, 3] })",
  "softmax-wasm/threads": "createPool({ threads: 0 })",
};

/** What Node prints of a script, which ends by an error. */
function printed(script: string, type: string, ...flags: readonly string[]): string {
  const args = [...flags, `--input-type=${type}`, "--eval", script];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/\[?(?:Type|Range)Error/);
  return stderr;
}

const scripts = Object.entries(CALLS).flatMap(([entry, call]) => {
  const name = call.slice(0, call.indexOf("("));
  return [
    [entry, "module", `import { ${name} } from "${entry}"; ${call}`],
    [entry, "commonjs", `const { ${name} } = require("${entry}"); ${call}`],
  ] as const;
});

describe("an error that nobody catches", () => {
  it.each(scripts)("prints at most 2 KB: %s, %s", (_, type, script) => {
    expect(printed(script, type).length).toBeLessThanOrEqual(2048);
  });

  it.each(scripts)("names a line of the sources with --enable-source-maps: %s, %s", (_, type, script) => {
    const text = printed(script, type, "--enable-source-maps");
    expect(text.length).toBeLessThanOrEqual(2048);
    // By its frames of the stack: where the error is made, and what calls that.
    const frames = [...text.matchAll(/\bat .*?\(?\/[^\n]*\/(src\/[^\s:]+\.ts):(\d+):(\d+)/g)];
    expect(frames.length).toBeGreaterThan(1);
    for (const [, file, line] of frames) expect(lineOf(file, Number(line)), `${file}:${line}`).toMatch(/\w\(/);
    expect(lineOf(frames[0][1], Number(frames[0][2]))).toMatch(/Error\(/);
  });
});

const lineOf = (file: string, line: number) => readFileSync(file, "utf8").split("\n")[line - 1];

describe("dist/", () => {
  it.each(readdirSync("dist").filter((name) => /\.c?js$/.test(name)))("has short lines, but for texts: %s", (name) => {
    // Those are on lines of their own, at which no error points: the modules' bytes and the workers' scripts.
    const texts =
      /^let (?:\w+ = require\("node:\w+"\), )*(?:(?:, )?\{ text: \w+ \} = \{ text: (["`]).{300,}\1 \})+;$/gm;
    const lines = readFileSync(`dist/${name}`, "utf8").replace(texts, "");
    expect(lines.split("\n").filter((line) => line.length > 1000)).toEqual([]);
  });
});
