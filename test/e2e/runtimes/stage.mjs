import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { entryOf, unpackLibrary } from "../packedLibrary.mjs";

/**
 * A temporary folder with the files of probe/ and the packed library beside them. Pages, workers and workerd resolve no
 * bare name: for them library.*.mjs name the files that the package's conditions give, and shards.*.mjs are `softmax-wasm/shards`
 * with the main entry's name replaced, as a bundler does it.
 */
export function makeStage() {
  const { folder, tarball, manifest } = unpackLibrary();
  cpSync(fileURLToPath(new URL("probe", import.meta.url)), folder, { recursive: true });
  const stage = { private: true, type: "commonjs", dependencies: { "softmax-wasm": manifest.version } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(stage));
  const write = (name, host, entry) => {
    const path = posix.join("node_modules/softmax-wasm", entryOf(manifest, [host, "import", "default"], entry));
    writeFileSync(join(folder, `library.${name}.mjs`), `export * from "./${path}";\n`);
  };
  write("browser", "browser", ".");
  write("browserJs", "browser", "./js");
  write("browserRelaxed", "browser", "./relaxed");
  write("browserThreads", "browser", "./threads");
  write("workerd", "workerd", ".");
  write("workerdThreads", "workerd", "./threads");
  const shards = readFileSync(
    join(folder, "node_modules/softmax-wasm", entryOf(manifest, ["import", "default"], "./shards")),
  );
  for (const name of ["browser", "browserJs", "workerd"]) {
    const text = String(shards).replace('from "softmax-wasm"', `from "./library.${name}.mjs"`);
    writeFileSync(join(folder, `shards.${name}.mjs`), text);
  }
  return { folder, tarball, manifest };
}
