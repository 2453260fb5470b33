import { chromium } from "playwright-core";
import { needCommands, pathOf } from "../hosts/debianPackages.mjs";

/** Debian's Chromium, with `answerAt(address)`: what the page there leaves in `globalThis.answer`. */
export async function openChromium() {
  needCommands(["chromium"], ["chromium"]);
  const browser = await chromium.launch({ executablePath: pathOf("chromium"), args: ["--no-sandbox"] });
  return {
    answerAt: async (address) => {
      const page = await browser.newPage();
      const errors = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(address);
      await page.waitForFunction("globalThis.answer", { timeout: 20_000 }).catch(() => undefined);
      if (errors.length > 0) throw new Error(errors.join("; "));
      return page.evaluate("globalThis.answer");
    },
    close: () => browser.close(),
  };
}
