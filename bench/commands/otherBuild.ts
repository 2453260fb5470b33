import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Library from "softmax-wasm";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface OtherBuild {
  /** Its commit and title. */
  readonly title: string;
  readonly folder: string;
  readonly library: typeof Library;
  readonly remove: () => void;
}

/** The library as a revision of git has it: checked out, installed and built in a temporary folder. */
export async function buildOf(revision: string): Promise<OtherBuild> {
  const commit = commitOf(revision);
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-compare-"));
  const remove = () => {
    git("worktree", "remove", "--force", folder);
    rmSync(folder, { recursive: true, force: true });
  };
  git("worktree", "add", "--detach", folder, commit);
  try {
    console.error(`installs and builds ${commit.slice(0, 7)}`);
    // npm puts the root's own settings into the environment, which the other folder's npm would take for its own.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!execpath$)/.test(name)));
    execFileSync(process.execPath, ["scripts/setup.mjs"], { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
    const entry = pathToFileURL(join(folder, "dist", "index.js")).href;
    const library = (await import(entry)) as typeof Library;
    return { title: git("log", "-1", "--format=%h %s", commit), folder, library, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function commitOf(revision: string): string {
  try {
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  } catch (error) {
    throw new RangeError(`git knows no revision "${revision}"`, { cause: error });
  }
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}
