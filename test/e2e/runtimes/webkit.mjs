/* global fetch */
// WebKitGTK's MiniBrowser on a virtual screen, over W3C WebDriver.

import { execFileSync, spawn } from "node:child_process";
import { browserRows } from "./browserRows.mjs";
import { needCommands } from "../hosts/debianPackages.mjs";
import { NOT_ISOLATED, NOT_RELAXED } from "./expected.mjs";
import { freePort } from "../hosts/freePort.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { untilAnswered } from "../hosts/untilAnswered.mjs";

const LIBRARY = "libwebkit2gtk-4.1-0";
const PACKAGES = ["webkit2gtk-driver", LIBRARY, "xvfb", "xauth", "fonts-dejavu-core"];

// JavaScriptCore 2.50.6 traps in a kernel once in some hundred runs of the same calls (README.md).
const ENGINE_FAULT = /^RuntimeError: Out of bounds memory access/;

export function webkitRows(server) {
  // No page is isolated there, whatever its headers say.
  const rows = browserRows("WebKitGTK", server, { relaxed: NOT_RELAXED, threads: NOT_ISOLATED }, async (use) => {
    needCommands(["WebKitWebDriver", "xvfb-run"], PACKAGES);
    const binary = miniBrowser();
    const port = await freePort();
    // Detached makes it the leader of a group: xvfb-run passes no signal on to what it has started.
    const driver = spawn("xvfb-run", ["-a", "WebKitWebDriver", `--port=${port}`], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      const address = `http://127.0.0.1:${port}`;
      await untilAnswered(`${address}/status`, driver);
      const browserOptions = { binary, args: ["--automation"] };
      const { sessionId, capabilities } = await post(`${address}/session`, {
        capabilities: { alwaysMatch: { "webkitgtk:browserOptions": browserOptions } },
      });
      const session = `${address}/session/${sessionId}`;
      const result = await use(capabilities.browserVersion, (url) => post(`${session}/url`, { url }));
      await fetch(session, { method: "DELETE" });
      return result;
    } finally {
      if (driver.exitCode === null) process.kill(-driver.pid);
    }
  });
  return rows.map((row) => ({ ...row, engineFault: ENGINE_FAULT }));
}

function miniBrowser() {
  let files;
  try {
    files = execFileSync("dpkg", ["-L", LIBRARY], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    throw new Unavailable(`${LIBRARY} is not installed`);
  }
  return files.split("\n").find((path) => path.endsWith("MiniBrowser"));
}

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body: JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(value.message);
  return value;
}
