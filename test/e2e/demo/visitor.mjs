import { serveDemo } from "../../../demo/server.mjs";

/**
 * Opens the demo for a check, and notes what pages complain about: errors, and requests that leave the server.
 *
 * `visit({ path, server, ...context })` takes what follows the address, the server's options, and a context's options.
 */
export function visitor(browser, folder) {
  const opened = [];
  const complaints = [];

  async function visit({ path = "?effort=quick", server: options, init, mayComplain, ...context } = {}) {
    const server = await serveDemo(folder, options);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...context });
    opened.push({ server, page });
    page.setDefaultTimeout(20_000);
    const note = (text) => {
      if (!mayComplain?.test(text)) complaints.push(`the page complained: ${text}`);
    };
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") note(message.text());
    });
    page.on("pageerror", (error) => note(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(server.address)) note(`asked for ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) note(`${response.status()} ${response.url()}`);
    });
    if (init) await page.addInitScript(init);
    await page.goto(server.address + path);
    return page;
  }

  async function leave() {
    for (const { server, page } of opened) {
      await page.close();
      server.close();
    }
  }

  return { visit, complaints: () => complaints, leave };
}
