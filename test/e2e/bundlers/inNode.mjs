import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/** What a bundle leaves in `globalThis.answer` when Node runs it. */
export function answerInNode(file) {
  const script = `await import(${JSON.stringify(pathToFileURL(file))}); console.log(JSON.stringify(globalThis.answer))`;
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  try {
    return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], options));
  } catch (error) {
    // Not the line of the bundle that Node prints first: all of it is in one.
    throw new Error(/^\w*Error: .*/m.exec(error.stderr)?.[0] ?? error.message, { cause: error });
  }
}
