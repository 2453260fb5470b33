// A startup snapshot of Node, in which the library has been used: there is no WebAssembly while it is built.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { softmax } from "../../src/index.js";

it("what was first used in a startup snapshot is WebAssembly once that is there", () => {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-snapshot-"));
  const node = (...args: readonly string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  // A snapshot is built of one file.
  const script = `
    const library = {};
    (function (exports) { ${readFileSync("dist/index.cjs", "utf8")}
    })(library);
    const instance = library.instantiate();
    const inSnapshot = [library, instance].map(({ softmax, backend }) => [backend().kind, softmax([2, 1, 0.1])]);
    const array = library.alloc(Float32Array, 1);
    require("node:v8").startupSnapshot.setDeserializeMainFunction(() => {
      const later = [library, instance].map(({ softmax, backend }) => [backend().kind, softmax([2, 1, 0.1])]);
      library.softmax(array, { out: array });
      console.log(JSON.stringify([...inSnapshot, ...later, array]));
    });`;
  try {
    writeFileSync(join(folder, "entry.cjs"), script);
    node("--snapshot-blob", "snapshot.blob", "--build-snapshot", "entry.cjs");
    const p = JSON.parse(JSON.stringify(softmax([2, 1, 0.1]))) as unknown;
    expect(JSON.parse(node("--snapshot-blob", "snapshot.blob"))).toEqual([
      ...[
        ["js", p],
        ["js", p],
      ],
      ...[
        ["wasm", p],
        ["wasm", p],
      ],
      [1],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
