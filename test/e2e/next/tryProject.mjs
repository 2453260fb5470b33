/* global fetch */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openChromium } from "../bundlers/chromium.mjs";
import { wrongIn, wrongInPool } from "../bundlers/wrongIn.mjs";
import { freePort } from "../hosts/freePort.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { untilAnswered } from "../hosts/untilAnswered.mjs";
import { unpackLibrary } from "../packedLibrary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
/** Inside this folder, because Turbopack follows no link out of its root. */
const project = join(here, "build");
const NEXT = fileURLToPath(import.meta.resolve("next/dist/bin/next"));
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

/** True where every answer is right. */
export async function tryProject() {
  stage();
  execFileSync(process.execPath, [NEXT, "build"], { cwd: project, env, stdio: ["ignore", "ignore", "inherit"] });
  const port = await freePort();
  const options = { cwd: project, env, stdio: ["ignore", "ignore", "pipe"] };
  const server = spawn(process.execPath, [NEXT, "start", "--hostname", "127.0.0.1", "--port", String(port)], options);
  try {
    return await areRight(`http://127.0.0.1:${port}/`, server);
  } finally {
    server.kill();
    rmSync(project, { recursive: true });
  }
}

/** The project, the library as it would be installed, and what other tests ask of it. */
function stage() {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  for (const name of ["app", "next.config.mjs", "package.json"])
    cpSync(join(here, name), join(project, name), { recursive: true });
  for (const name of ["all/example.mjs", "threads/answerOfPool.mjs"]) {
    cpSync(join(here, "../bundlers", name), join(project, name));
  }
  const { folder } = unpackLibrary();
  cpSync(join(folder, "node_modules"), join(project, "node_modules"), { recursive: true });
  rmSync(folder, { recursive: true });
}

async function areRight(address, server) {
  const html = await (await untilAnswered(address, server)).text();
  const inHtml = (id) => JSON.parse(new RegExp(`<p id="${id}">(.*?)</p>`).exec(html)[1].replaceAll("&quot;", '"'));
  const results = [
    ["the server's component", wrongIn(inHtml("server"))],
    ["the page's component on the server", wrongIn(inHtml("client"))],
    ["threads of a route of the server", wrongInPool(await (await fetch(`${address}threads`)).json())],
    ...(await inChromium(address)),
  ];
  for (const [where, wrong] of results) console.log(wrong ? `FAILED: ${where}: ${wrong}` : `right: ${where}`);
  return results.every(([, wrong]) => !wrong);
}

async function inChromium(address) {
  let browser;
  try {
    browser = await openChromium();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`skipped in Chromium: ${error.message}`);
    return [];
  }
  const answer = await browser.answerAt(address);
  await browser.close();
  return [
    ["the page's component in Chromium", wrongIn(answer?.page)],
    ["a worker of the page's", wrongIn(answer?.worker)],
    ["threads in the page", wrongInPool(answer?.pool)],
  ];
}
