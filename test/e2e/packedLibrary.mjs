import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { npm } from "../../scripts/npm.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A new folder whose node_modules/softmax-wasm is what `npm publish` would send: packed and unpacked. */
export function unpackLibrary() {
  execFileSync(process.execPath, ["scripts/setup.mjs"], { cwd: ROOT, stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-packed-"));
  npm(ROOT, ["pack", "--ignore-scripts", "--pack-destination", folder], { stdio: ["ignore", "ignore", "pipe"] });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  const library = join(folder, "node_modules", "softmax-wasm");
  mkdirSync(library, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", library, "--strip-components=1"]);
  return { folder, tarball, manifest: JSON.parse(readFileSync(join(library, "package.json"), "utf8")) };
}

/** The file that a resolver with these conditions takes for an entry of the library. */
export function entryOf(manifest, conditions, entry = ".") {
  const pick = (target) => {
    if (typeof target === "string") return target;
    for (const [condition, inner] of Object.entries(target)) {
      const found = conditions.includes(condition) ? pick(inner) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return pick(manifest.exports[entry]);
}
