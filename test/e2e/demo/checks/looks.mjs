/* global document, getComputedStyle */
import assert from "node:assert/strict";
import { faintTexts } from "../contrast.mjs";
import { assertEmulated } from "../emulated.mjs";
import { textOf, until } from "../shown.mjs";

/** The page with everything on it that it can show. */
async function filled(page) {
  await page.locator("#benchmark-run").click();
  await until(
    page,
    () => textOf(page, "#benchmark-status"),
    (text) => /times as fast/.test(text),
  );
  await page.locator("#digits-train").click();
  await until(
    page,
    () => textOf(page, "#digits-status"),
    (text) => /right/.test(text),
    60_000,
  );
  await page.locator("#pad-example").click();
  await until(
    page,
    () => textOf(page, "#seen-note"),
    (text) => /test digit/.test(text),
  );
  await page.locator("#step").click();
  await page.getByRole("button", { name: "Confident" }).click();
}

export const looksChecks = [
  ...[360, 390, 820].map((width) => ({
    title: `${width} pixels wide: nothing scrolls sideways, nothing sticks out`,
    run: async (visit) => {
      const page = await visit({ viewport: { width, height: 740 } });
      await filled(page);
      await page.locator("[name=classes][value='6']").check();
      const { scrollWidth, wide } = await page.evaluate(() => {
        const edge = document.querySelector("section").getBoundingClientRect().right + 0.5;
        return {
          scrollWidth: document.documentElement.scrollWidth,
          wide: [...document.querySelectorAll("section *")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > edge)
            .map((one) => `${one.tagName} ${one.id} ${one.className} ${one.textContent}`),
        };
      });
      assert.ok(scrollWidth <= width, `${scrollWidth} wide`);
      assert.deepEqual(wide, []);
    },
  })),
  ...["light", "dark"].map((theme) => ({
    title: `${theme}: every text has a contrast of AA`,
    run: async (visit) => {
      const page = await visit();
      await page.locator("#theme").selectOption(theme);
      await filled(page);
      assert.deepEqual(await faintTexts(page), []);
    },
  })),
  {
    title: "the theme is the system's, or the one that was chosen last",
    run: async (visit) => {
      const page = await visit({ colorScheme: "dark" });
      await assertEmulated(page, "(prefers-color-scheme: dark)");
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const dark = await paper();
      await page.locator("#theme").selectOption("light");
      const light = await paper();
      assert.notEqual(light, dark);
      await page.reload();
      assert.equal(await paper(), light);
      await page.locator("#theme").selectOption("system");
      assert.equal(await paper(), dark);
    },
  },
];
