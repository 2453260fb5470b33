/* global document, getComputedStyle, NodeFilter, SVGElement */

/** WCAG 2 level AA: 4.5, and 3 for large text. Texts of disabled controls are exempt. */
const AA = 4.5;
const AA_LARGE = 3;

/** The texts of the page whose contrast with what is behind them is too low, with it. */
export async function faintTexts(page) {
  const texts = await page.evaluate(() => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    };
    const backgroundOf = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const color = rgba(getComputedStyle(one).backgroundColor);
        if (color[3] === 255) return color;
      }
      return [255, 255, 255, 255];
    };
    const luminance = ([r, g, b]) => {
      const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.nodeValue.trim() || !element.checkVisibility() || element.closest(":disabled, script, noscript"))
        continue;
      const style = getComputedStyle(element);
      const color = rgba(element instanceof SVGElement ? style.fill : style.color);
      const [a, b] = [luminance(color), luminance(backgroundOf(element))].sort((x, y) => y - x);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      found.push({ text: node.nodeValue.trim().slice(0, 40), contrast: (a + 0.05) / (b + 0.05), large });
    }
    return found;
  });
  if (texts.length < 100) throw new Error(`only ${texts.length} texts found`);
  return texts.filter(({ contrast, large }) => contrast < (large ? AA_LARGE : AA));
}
