// Puts plots one below the other, with a title and small print, in colours that follow the reader's: an image in a page
// knows whether that is light or dark, but nothing of its background, so it brings its own.

import { parseHTML } from "linkedom";

/** What plots are made in. */
export const { document } = parseHTML("<!doctype html><html><body></body></html>");

const STYLE = `
  svg { --ours: #1a7f37; --peers: #0969da; --plain: #8c6c00; --native: #8250df; --grid: #e4e8ec; --paper: #ffffff; --ink: #1f2328; color: var(--ink); }
  @media (prefers-color-scheme: dark) {
    svg { --ours: #3fb950; --peers: #58a6ff; --plain: #d29922; --native: #a371f7; --grid: #2a3038; --paper: #0d1117; --ink: #e6edf3; }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
  .title { font-size: 18px; font-weight: 600; fill: var(--ink); }
  .panel { font-size: 13px; font-weight: 600; fill: var(--ink); }
  .source { font-size: 10.5px; fill: var(--ink); opacity: 0.7; }`;

const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const text = (kind, y, content) => `<text class="${kind}" x="16" y="${y}">${escaped(content)}</text>`;

export function page(width, { title, panels, source }) {
  let y = 30;
  const parts = [text("title", y, title)];
  for (const panel of panels) {
    if (panel.title) {
      y += 28;
      parts.push(text("panel", y, panel.title));
    }
    panel.svg.setAttribute("y", y + 4);
    parts.push(panel.svg.outerHTML);
    y += 4 + Number(panel.svg.getAttribute("height"));
  }
  for (const line of source) parts.push(text("source", (y += 16), line));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 14}" viewBox="0 0 ${width} ${y + 14}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect width="100%" height="100%" rx="8" fill="var(--paper)"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}
