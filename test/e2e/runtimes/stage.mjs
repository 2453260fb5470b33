import { cpSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { entryOf, unpackLibrary } from "../packedLibrary.mjs";

/**
 * A temporary folder with the files of probe/ and the packed library beside them. Pages, workers and workerd resolve no
 * bare name: for them library.*.mjs name the files that the package's conditions give.
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
  return { folder, tarball, manifest };
}
