import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unpackLibrary } from "../packedLibrary.mjs";
import { EXAMPLES } from "./examples.mjs";

const EXAMPLES_FOLDER = fileURLToPath(new URL("../../../examples", import.meta.url));
const PACKAGES = fileURLToPath(new URL("node_modules", import.meta.url));
const { dependencies: versions } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/** A temporary folder with a copy of each example, installed: the packed library, and links to what else it names. */
export function makeStage() {
  const { folder, tarball } = unpackLibrary();
  for (const { name } of EXAMPLES) {
    const copy = join(folder, name);
    cpSync(join(EXAMPLES_FOLDER, name), copy, { recursive: true, filter: (path) => !/node_modules|dist$/.test(path) });
    cpSync(join(folder, "node_modules/softmax-wasm"), join(copy, "node_modules/softmax-wasm"), { recursive: true });
    linkPackages(copy);
  }
  return { folder, tarball };
}

function linkPackages(copy) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8"));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (name === "softmax-wasm") continue;
    if (versions[name] !== version) throw new Error(`${copy}: ${name} ${version}, here ${versions[name]}`);
    link(name, copy);
  }
  // What their scripts call by name.
  if (existsSync(join(PACKAGES, ".bin"))) link(".bin", copy);
}

function link(name, copy) {
  const place = join(copy, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(PACKAGES, name), place, "junction");
}
