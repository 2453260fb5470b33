import { needCommands, pathOf } from "./debianPackages.mjs";

export const BROWSERS = [
  { runtime: "Chromium", type: "chromium", command: "chromium", options: { args: ["--no-sandbox"] } },
  // A stock Firefox over WebDriver BiDi, where Playwright's own is patched.
  { runtime: "Firefox", type: "firefox", command: "firefox-esr", options: { channel: "moz-firefox" } },
];

/** Starts one of them, installed where it is missing, by the Playwright that `load` gives. */
export async function launch({ type, command, options }, load) {
  needCommands([command], [command]);
  const playwright = await load();
  return playwright[type].launch({ executablePath: pathOf(command), ...options });
}
