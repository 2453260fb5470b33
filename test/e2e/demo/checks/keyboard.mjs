/* global document, getComputedStyle */
import assert from "node:assert/strict";
import { numberAt, textOf, until } from "../shown.mjs";

/** What has the focus, and whether that can be seen: on it, or on the label that stands for it. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return { id: "", visible: true };
    const seen = (one) =>
      getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 2;
    return {
      id:
        element.id || element.name || element.dataset.row || element.getAttribute("aria-label") || element.textContent,
      visible: seen(element) || (element.parentElement !== null && seen(element.parentElement)),
    };
  });

export const keyboardChecks = [
  {
    title: "Tab reaches every control, and the focus is always visible",
    run: async (visit) => {
      const page = await visit();
      const reached = [];
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        const { id, visible } = await focused(page);
        if (reached.includes(id) || id === "") break;
        assert.ok(visible, `the focus on "${id}" cannot be seen`);
        reached.push(id);
      }
      const expected = [
        ...["theme", "classes", "precision", "temperature", "label", "logit 1", "logit 5, exactly"],
        ...[
          "ordinary",
          "overflow",
          "draw-temperature",
          "top-k",
          "top-p",
          "min-p",
          "draw",
          "draw-reset",
          "work",
          "batch",
          "benchmark-run",
          "points",
          "rate",
          "step",
          "run",
          "reset",
          "point",
          "digits-rate",
          "digits-train",
          "pad",
          "pad-clear",
          "pad-example",
        ],
      ];
      assert.deepEqual(
        expected.filter((id) => !reached.includes(id)),
        [],
        `reached ${reached.join(", ")}`,
      );
    },
  },
  {
    title: "by the keyboard alone: the benchmark runs, a step is taken",
    run: async (visit) => {
      const page = await visit();
      await page.locator("#benchmark-run").focus();
      await page.keyboard.press("Enter");
      await until(
        page,
        () => textOf(page, "#benchmark-status"),
        (text) => /times as fast/.test(text),
      );
      assert.equal((await focused(page)).id, "benchmark-run");
      await page.locator("#step").focus();
      await page.keyboard.press("Space");
      assert.equal(await numberAt(page, "#steps"), 1);
    },
  },
  {
    title: "every control and picture has a name",
    run: async (visit) => {
      const page = await visit();
      const nameless = await page.locator("button, input, select, progress, [role=img], table").evaluateAll((all) =>
        all
          .filter((one) => {
            const labels = one.labels ? [...one.labels].map((label) => label.textContent).join("") : "";
            const described = one.getAttribute("aria-labelledby") ?? one.getAttribute("aria-describedby");
            return !(labels || one.getAttribute("aria-label") || described || one.textContent).trim();
          })
          .map((one) => one.outerHTML),
      );
      assert.deepEqual(nameless, []);
    },
  },
];
