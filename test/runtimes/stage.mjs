import { cpSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { entryOf, unpackLibrary } from "./packedLibrary.mjs";

/**
 * A temporary folder with the files of probe/ and the packed library beside them. Pages, workers and workerd resolve no
 * bare name: for them library.browser.mjs and library.workerd.mjs name the file that the package's conditions give.
 */
export function makeStage() {
  const { folder, tarball, manifest } = unpackLibrary();
  cpSync(fileURLToPath(new URL("probe", import.meta.url)), folder, { recursive: true });
  const stage = { private: true, type: "commonjs", dependencies: { "softmax-wasm": manifest.version } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(stage));
  for (const host of ["browser", "workerd"]) {
    const entry = posix.join("node_modules/softmax-wasm", entryOf(manifest, [host, "import", "default"]));
    writeFileSync(join(folder, `library.${host}.mjs`), `export * from "./${entry}";\n`);
  }
  return { folder, tarball, manifest };
}
