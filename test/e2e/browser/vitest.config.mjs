// The library's suite in browsers: each test file that needs nothing of Node.

import { playwright } from "@vitest/browser-playwright";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BROWSERS } from "../hosts/debianBrowsers.mjs";
import { pathOf } from "../hosts/debianPackages.mjs";
import { portableTests } from "./portableTests.mjs";

const instances = BROWSERS.filter(({ command }) => pathOf(command)).map(({ type, command, options }) => ({
  browser: type,
  provider: playwright({ launchOptions: { executablePath: pathOf(command), ...options } }),
}));

export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  // Isolated: only such pages have SharedArrayBuffer, which is among what is given to functions.
  server: {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  },
  test: {
    include: portableTests(),
    // What is known to fail is made known by Node: rows are made with Math's functions, whose last bits engines choose,
    // and the worst of them are others here.
    testNamePattern: /^(?!.*\bis not yet within\b)/,
    setupFiles: [fileURLToPath(new URL("setup.mjs", import.meta.url))],
    testTimeout: 60_000,
    browser: { enabled: true, headless: true, screenshotFailures: false, instances },
  },
});
