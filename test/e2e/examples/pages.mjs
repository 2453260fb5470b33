import { BROWSERS, launch } from "../hosts/debianBrowsers.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";

/** Browsers by name, each started when it is first asked for. */
export function openBrowsers(missing) {
  const started = new Map();
  const load = async () => (await import("playwright-core")).default;
  return {
    named: (name) => {
      if (missing) throw new Unavailable(missing);
      if (!started.has(name)) {
        const which = BROWSERS.find(({ runtime }) => runtime === name);
        started.set(name, launch(which, load));
      }
      return started.get(name);
    },
    close: async () => {
      for (const result of await Promise.allSettled(started.values())) await result.value?.close();
    },
  };
}

/** What the page shows in its output, once it does. What it throws or logs as an error is thrown. */
export async function openedPage(browsers, name, address) {
  const browser = await browsers.named(name);
  const page = await browser.newPage();
  try {
    const errors = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/favicon/.test(message.location().url)) errors.push(message.text());
    });
    await page.goto(address);
    const shown = `document.querySelector("#output").textContent`;
    await page.waitForFunction(shown, undefined, { timeout: 20_000 }).catch(() => undefined);
    if (errors.length > 0) throw new Error(errors.join("; "));
    return await page.evaluate(shown);
  } finally {
    await page.close();
  }
}
