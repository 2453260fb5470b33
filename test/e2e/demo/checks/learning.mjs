import assert from "node:assert/strict";
import { assertClose, formula } from "../formula.mjs";
import { assertEmulated } from "../emulated.mjs";
import { numberAt, numbersIn, textOf, until } from "../shown.mjs";

const loss = (page) => numberAt(page, "#training-loss");
const button = (page, name) => page.locator("#learning").getByRole("button", { name });

const pictureOf = (page, selector) => page.locator(selector).evaluate((canvas) => canvas.toDataURL());

export const learningChecks = [
  {
    title: "each step lowers the loss, from log 3 on, and redraws the map",
    run: async (visit) => {
      const page = await visit();
      assertClose([await loss(page)], [Math.log(3)], "the loss at first");
      let [last, picture] = [await loss(page), await pictureOf(page, "#map")];
      for (let step = 1; step <= 5; step++) {
        await button(page, "Step").click();
        assert.equal(await numberAt(page, "#steps"), step);
        const [now, redrawn] = [await loss(page), await pictureOf(page, "#map")];
        assert.ok(now < last, `step ${step}: ${now} after ${last}`);
        assert.notEqual(redrawn, picture);
        [last, picture] = [now, redrawn];
      }
    },
  },
  {
    title: "Run learns the spiral, Pause stops, Reset begins anew",
    run: async (visit) => {
      const page = await visit();
      await button(page, "Run").click();
      await until(
        page,
        () => numberAt(page, "#steps"),
        (steps) => steps >= 120,
        60_000,
      );
      await button(page, "Pause").click();
      const steps = await numberAt(page, "#steps");
      assert.ok((await loss(page)) < 0.1, `loss ${await loss(page)}`);
      assert.ok((await numberAt(page, "#accuracy")) > 0.97);
      await page.waitForTimeout(200);
      assert.equal(await numberAt(page, "#steps"), steps);
      await button(page, "Reset").click();
      assertClose([await loss(page)], [Math.log(3)], "the loss after Reset");
    },
  },
  {
    title: "the highlighted point: its gradient is softmax of its logits minus the label",
    run: async (visit) => {
      const page = await visit();
      for (let step = 0; step < 2; step++) await button(page, "Step").click();
      for (const [key, label] of [
        ["End", 2],
        ["Home", 0],
      ]) {
        await page.locator("#point").focus();
        await page.keyboard.press(key);
        assert.match(await textOf(page, "#point-value"), new RegExp(`of class ${label + 1}$`));
        const { p, grad } = formula(await numbersIn(page, "#flow-logits"), label, 1);
        assertClose(await numbersIn(page, "#flow-softmax"), p, "softmax");
        assertClose(await numbersIn(page, "#flow-gradient"), grad, "gradient");
        assert.ok((await numberAt(page, "#largest-change")) > 0);
      }
    },
  },
  {
    title: "a point is chosen by a click on the map, blobs by their button",
    run: async (visit) => {
      const page = await visit();
      await page.locator("[name=points][value=blobs]").check();
      const { width, height } = await page.locator("#map").boundingBox();
      // Class 1 is about the top, class 2 to the lower left.
      await page.locator("#map").click({ position: { x: width / 2, y: height * 0.25 } });
      assert.match(await textOf(page, "#point-value"), /of class 1$/);
      await page.locator("#map").click({ position: { x: width * 0.28, y: height * 0.64 } });
      assert.match(await textOf(page, "#point-value"), /of class 2$/);
    },
  },
  {
    title: "with reduced motion, Run draws about once a second",
    run: async (visit) => {
      const page = await visit({ reducedMotion: "reduce" });
      await assertEmulated(page, "(prefers-reduced-motion: reduce)");
      await button(page, "Run").click();
      await page.waitForTimeout(500);
      assert.equal(await numberAt(page, "#steps"), 100);
    },
  },
];
