// Debian's own Chromium and Firefox, driven by Playwright without browsers of its own.

import { browserRows } from "./browserRows.mjs";
import { needCommands, pathOf } from "./debianPackages.mjs";
import { Unavailable } from "./unavailable.mjs";

const BROWSERS = [
  { runtime: "Chromium", type: "chromium", command: "chromium", options: { args: ["--no-sandbox"] } },
  // A stock Firefox over WebDriver BiDi, where Playwright's own is patched.
  { runtime: "Firefox", type: "firefox", command: "firefox-esr", options: { channel: "moz-firefox" } },
];

export function playwrightRows(server) {
  return BROWSERS.flatMap(({ runtime, type, command, options }) =>
    browserRows(runtime, server, async (use) => {
      needCommands([command], [command]);
      const launcher = (await load())[type];
      const browser = await launcher.launch({ executablePath: pathOf(command), ...options });
      try {
        const page = await browser.newPage();
        return await use(browser.version(), (address) => page.goto(address));
      } finally {
        await browser.close();
      }
    }),
  );
}

async function load() {
  try {
    return (await import("playwright-core")).default;
  } catch {
    throw new Unavailable("playwright-core is not installed");
  }
}
