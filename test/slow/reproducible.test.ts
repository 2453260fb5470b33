import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import relaxedText from "../../build/relaxed.js";
import wasmText from "../../build/simd.js";
import { npm } from "../../scripts/npm.mjs";
import { fromHex, patched } from "../../src/backend/bytes.js";

/** What a build is made from: what is under version control, where that is known. */
const LEFT_OUT = ["node_modules", "build", "dist", "demo", ".git", "coverage"];

/** A copy of the sources in a folder of its own, built and packed there. */
function builtIn(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(".")) {
    if (!LEFT_OUT.includes(name)) cpSync(name, join(folder, name), { recursive: true });
  }
  // All but what is bundled are links: a source map names the place of what is bundled, and a link's is elsewhere.
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@assemblyscript"), { recursive: true });
  for (const name of readdirSync("node_modules")) {
    if (name !== "@assemblyscript") symlinkSync(resolve("node_modules", name), join(modules, name), "junction");
  }
  cpSync("node_modules/@assemblyscript/loader", join(modules, "@assemblyscript/loader"), { recursive: true });
  mkdirSync(join(folder, "build"));
  execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: folder, stdio: "ignore" });
  npm(folder, ["pack", "--ignore-scripts"], { stdio: "ignore" });
  const hash = (path: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, path)))
      .digest("hex");
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  const files = readdirSync(join(folder, "dist")).map((name) => `dist/${name}`);
  const all = [...files, "build/simd.wasm", tarball ?? "no tarball"];
  return Object.fromEntries(all.map((path) => [path, hash(path)]));
}

describe("a build", () => {
  it("in another folder has the same bytes: the module, every file of dist/ and the tarball", () => {
    const parent = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
    try {
      const first = builtIn(join(parent, "one"));
      const second = builtIn(join(parent, "another folder", "and deeper"));
      expect(Object.keys(first).some((name) => name.endsWith(".tgz"))).toBe(true);
      expect(second).toEqual(first);
      const here = createHash("sha256").update(readFileSync("dist/core.wasm")).digest("hex");
      expect(first["dist/core.wasm"], "and as here").toBe(here);
      console.log(
        `tarball ${Object.entries(first)
          .find(([name]) => name.endsWith(".tgz"))
          ?.join(" ")}`,
      );
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  it("of the kernels alone has the bytes of this one: with relaxed SIMD and without", () => {
    const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
    for (const name of ["assembly", "asconfig.json", "package.json", "scripts", "src", "tsdown.workers.config.ts"]) {
      cpSync(name, join(folder, name), { recursive: true });
    }
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"), "junction");
    mkdirSync(join(folder, "build"));
    execFileSync(process.execPath, ["scripts/build.mjs", "--kernels"], { cwd: folder });
    const plain = fromHex(wasmText);
    for (const [name, bytes] of [
      ["simd", plain],
      ["relaxed", patched(plain, fromHex(relaxedText))],
    ] as const) {
      expect(new Uint8Array(readFileSync(join(folder, `build/${name}.wasm`)))).toEqual(bytes);
    }
    rmSync(folder, { recursive: true });
  });
});
