import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/** What a bundle leaves in `globalThis.answer` when Node runs it. */
export function answerInNode(file) {
  // That of a pool comes later.
  const script = `await import(${JSON.stringify(pathToFileURL(file))});
    for (let tries = 0; globalThis.answer === undefined && tries < 1000; tries++) await new Promise((go) => setTimeout(go, 10));
    console.log(JSON.stringify(globalThis.answer));
    process.exit();`;
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  try {
    return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], options));
  } catch (error) {
    // Not the line of the bundle that Node prints first: it may be all of it.
    throw new Error(/^\w*Error: .*/m.exec(error.stderr)?.[0] ?? error.message, { cause: error });
  }
}
