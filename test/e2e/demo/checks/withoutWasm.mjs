import assert from "node:assert/strict";
import { assertClose, formula } from "../formula.mjs";
import { numberAt, numbersIn, textOf, until } from "../shown.mjs";

async function assertWorksInJavaScript(page, reason) {
  assert.equal(await textOf(page, "#backend"), "JavaScript");
  assert.match(await textOf(page, "#backend-reason"), reason);
  const { p, loss } = formula([2, 1, 0.1, -0.5, -1], 1, 1);
  assertClose(await numbersIn(page, "#softmax"), p, "softmax");
  assertClose([await numberAt(page, "#loss")], [loss], "loss");
  await page.locator("#step").click();
  assert.ok((await numberAt(page, "#training-loss")) < 1);
}

export const withoutWasmChecks = [
  {
    title: "without WebAssembly the page computes in JavaScript, and says so",
    run: async (visit) => {
      const page = await visit({ init: () => delete globalThis.WebAssembly });
      await assertWorksInJavaScript(page, /WebAssembly/);
    },
  },
  {
    title: "where the policy forbids WebAssembly, page and worker compute in JavaScript",
    run: async (visit) => {
      const page = await visit({ server: { wasm: false }, mayComplain: /Content.Security.Policy|unsafe-eval/i });
      await assertWorksInJavaScript(page, /Content Security Policy|CSP|unsafe-eval/i);
      await page.locator("#benchmark-run").click();
      const status = await until(
        page,
        () => textOf(page, "#benchmark-status"),
        (text) => /times as fast|Stopped/.test(text),
      );
      assert.match(status, /times as fast/);
      assert.equal(await textOf(page, "#worker-backend"), "JavaScript");
    },
  },
];
