import assert from "node:assert/strict";
import { assertClose, formula } from "../formula.mjs";
import { numberAt, numbersIn, textOf } from "../shown.mjs";

const slider = (page, i) => page.getByRole("slider", { name: `logit ${i}` });
const fields = (page) => page.getByRole("spinbutton").evaluateAll((all) => all.map(({ value }) => Number(value)));

/** Everything that the section shows of these logits is what the formulas say. */
async function assertFormula(page, label, temperature = 1) {
  const x = await fields(page);
  const { p, logP, loss, grad } = formula(x, label, temperature);
  assertClose(await numbersIn(page, "#softmax"), p, "softmax");
  assertClose(await numbersIn(page, "#log-softmax"), logP, "log-softmax");
  assertClose(await numbersIn(page, "#gradient"), grad, "gradient");
  assertClose([await numberAt(page, "#loss")], [loss], "loss");
  return x;
}

export const rowChecks = [
  {
    title: "a logit moved by the keyboard: every number is the formula's",
    run: async (visit) => {
      const page = await visit();
      await assertFormula(page, 1);
      await slider(page, 1).focus();
      for (let i = 0; i < 7; i++) await page.keyboard.press("ArrowRight");
      const [first] = await assertFormula(page, 1);
      assert.equal(first, 2.7);
      assert.equal(await slider(page, 1).getAttribute("aria-valuetext"), "2.7");
    },
  },
  {
    title: "temperature, label, classes and precision: every number is the formula's",
    run: async (visit) => {
      const page = await visit();
      await page.locator("#temperature").focus();
      for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
      assert.equal(await textOf(page, "#temperature-value"), "2");
      await assertFormula(page, 1, 2);
      await page.getByRole("radio", { name: "class 4 is the label" }).check();
      await assertFormula(page, 3, 2);
      for (const classes of [4, 6, 5]) {
        await page.locator(`[name=classes][value="${classes}"]`).check();
        assert.equal((await assertFormula(page, 3, 2)).length, classes);
      }
      await page.locator("[name=precision][value=f64]").check();
      await assertFormula(page, 3, 2);
    },
  },
  {
    title: "an exact number typed: slider and results follow",
    run: async (visit) => {
      const page = await visit();
      await page.getByRole("spinbutton", { name: "logit 2, exactly" }).focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.type("3.125");
      const x = await assertFormula(page, 1);
      assert.equal(x[1], 3.125);
      assert.equal(await slider(page, 2).getAttribute("aria-valuetext"), "3.125");
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.press("Tab");
      assert.equal((await fields(page))[1], 3.1);
    },
  },
  {
    title: "a logit pushed to 1000 by End: naive is NaN, the library right, and the page says why",
    run: async (visit) => {
      const page = await visit();
      await slider(page, 1).focus();
      await page.keyboard.press("End");
      const x = await fields(page);
      assert.equal(x[0], 1000);
      const numbers = await numbersIn(page, "#comparison");
      const [naive, shifted, right] = [0, 1, 2].map((way) => numbers.filter((_, i) => i % 3 === way));
      assert.ok(Number.isNaN(naive[0]), `naive p₁ = ${naive[0]}`);
      assert.equal(shifted[0], 1);
      assert.equal(right[0], 1);
      assert.equal(shifted.at(-1), Infinity);
      assert.equal(right.at(-1), 999);
      const explanation = await textOf(page, "#explanation");
      assert.match(explanation, /∞\/∞ is NaN/);
      assert.match(explanation, /−log p is ∞/);
      assert.match(await textOf(page, "#comparison"), /NaN/);
    },
  },
  {
    title: "a lead of 20: the loss is 2.06·10⁻⁹, where naive says 0",
    run: async (visit) => {
      const page = await visit();
      await page.getByRole("button", { name: "Confident" }).click();
      const [naive, shifted, right] = (await numbersIn(page, "#comparison")).slice(-3);
      assert.equal(naive, 0);
      assert.equal(shifted, 0);
      assertClose([right * 1e9], [2.0611536], "loss in 1e-9");
      assert.match(await textOf(page, "#loss"), /^2\.06·10⁻⁹$/);
      assert.match(await textOf(page, "#explanation"), /rounds to 1/);
    },
  },
  {
    title: "where the numbers rest, screen readers are told",
    run: async (visit) => {
      const page = await visit();
      await slider(page, 2).focus();
      await page.keyboard.press("ArrowRight");
      await page.waitForTimeout(700);
      assert.match(
        await page.locator("#announcement").textContent(),
        /^Class 2 has probability 0\.\d+, loss 1\.\d+\.$/,
      );
    },
  },
];
