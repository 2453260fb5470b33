import assert from "node:assert/strict";
import { numbersIn, textOf, until } from "../shown.mjs";

const run = (page) => page.getByRole("button", { name: "Run" }).first().click();

async function ended(page) {
  return until(
    page,
    () => textOf(page, "#benchmark-status"),
    (text) => /measured|Stopped/.test(text),
  );
}

export const benchmarkChecks = [
  {
    title: "the benchmark runs to its end and gives a ratio",
    run: async (visit) => {
      const page = await visit();
      await run(page);
      assert.match(await ended(page), /softmax-wasm is [\d.]+ times as fast as naive JavaScript/);
      const numbers = await numbersIn(page, "#measurements");
      assert.equal(numbers.length, 3 * 4);
      for (const value of numbers) assert.ok(value > 0 && value < 1e6, `${value}`);
      for (let row = 0; row < 12; row += 4) {
        assert.ok(Math.abs(numbers[row + 3] * numbers[row + 1] - numbers[row]) < 1e-9 * numbers[row], "the ratio");
      }
      assert.equal(await page.locator("#benchmark-progress").evaluate(({ value }) => value), 1);
      assert.equal(await page.locator("#plot .mark").count(), 9);
      assert.equal(await textOf(page, "#worker-backend"), "WebAssembly with SIMD");
    },
  },
  {
    title: "it times loss and gradient too, and single rows",
    run: async (visit) => {
      const page = await visit();
      await page.locator("[name=work][value=crossEntropyGrad]").check();
      await page.locator("[name=batch][value='1']").check();
      await run(page);
      assert.match(await ended(page), /times as fast/);
    },
  },
  {
    title: "meanwhile the page answers, and Cancel stops it",
    run: async (visit) => {
      const page = await visit({ path: "" });
      await run(page);
      await until(
        page,
        () => page.locator("#benchmark-progress").evaluate(({ value }) => value),
        (value) => value > 0,
      );
      await page.getByRole("button", { name: "Step" }).click();
      assert.equal(await textOf(page, "#steps"), "1");
      await page.locator("#benchmark-cancel").click();
      assert.equal(await textOf(page, "#benchmark-status"), "Cancelled.");
      assert.ok(await page.locator("#benchmark-cancel").isDisabled());
      assert.ok(await page.locator("#benchmark-run").isEnabled());
      await page.waitForTimeout(300);
      assert.equal(await textOf(page, "#benchmark-status"), "Cancelled.");
    },
  },
];
