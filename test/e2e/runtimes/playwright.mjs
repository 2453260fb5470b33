// Debian's own Chromium and Firefox, driven by Playwright without browsers of its own.

import { browserRows } from "./browserRows.mjs";
import { BROWSERS, launch } from "../hosts/debianBrowsers.mjs";
import { RELAXED, TWO_THREADS } from "./expected.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";

export function playwrightRows(server) {
  return BROWSERS.flatMap((which) =>
    browserRows(which.runtime, server, { relaxed: RELAXED, threads: TWO_THREADS }, async (use) => {
      const browser = await launch(which, load);
      try {
        const page = await browser.newPage();
        return await use(browser.version(), (address) => page.goto(address));
      } finally {
        await browser.close();
      }
    }),
  );
}

/** Playwright, as it is installed in this folder. */
export async function load() {
  try {
    return (await import("playwright-core")).default;
  } catch {
    throw new Unavailable("playwright-core is not installed");
  }
}
