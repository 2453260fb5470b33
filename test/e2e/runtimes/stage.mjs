import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { entryOf, unpackLibrary } from "../packedLibrary.mjs";

/**
 * A temporary folder with the files of probe/ and the packed library beside them. Pages, workers and workerd resolve no
 * bare name: for them library.*.mjs name the files that the package's conditions give, and shards.*.mjs and linear.*.mjs are
 * these entries with the main entry's name replaced, as a bundler does it.
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
  const writeBeside = (name, conditions, host) => {
    const root = "node_modules/softmax-wasm";
    const file = posix.join(root, entryOf(manifest, [...conditions, "import", "default"], `./${name}`));
    const text = readFileSync(join(folder, file), "utf8")
      .replace('from "softmax-wasm"', `from "./library.${host}.mjs"`)
      .replace('from "./linear.wasm"', `from "./${root}/dist/linear.wasm"`);
    writeFileSync(join(folder, `${name}.${host}.mjs`), text);
  };
  for (const host of ["browser", "browserJs", "workerd"]) writeBeside("shards", [], host);
  for (const host of ["browser", "workerd"]) writeBeside("linear", [host], host);
  return { folder, tarball, manifest };
}
