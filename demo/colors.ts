/** Red, green and blue, 0 to 255. */
export type Color = readonly [number, number, number];

const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** A color of the style sheets, in whatever notation, as RGB. */
export function colorOf(css: string): Color {
  if (context === null) return [128, 128, 128];
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** The current colors: one per class, the page's, and those of rising and falling weights. */
export interface Palette {
  readonly classes: readonly Color[];
  readonly paper: Color;
  readonly raised: Color;
  readonly ink: Color;
  readonly accent: Color;
  readonly up: Color;
  readonly down: Color;
}

export function palette(): Palette {
  const probe = document.createElement("span");
  document.body.append(probe);
  const named = (name: string) => {
    probe.style.color = `var(--${name})`;
    return colorOf(getComputedStyle(probe).color);
  };
  const colors = {
    classes: [named("class-0"), named("class-1"), named("class-2")],
    paper: named("paper"),
    raised: named("raised"),
    ink: named("ink"),
    accent: named("accent"),
    up: named("up"),
    down: named("down"),
  };
  probe.remove();
  return colors;
}

/** A color between two colors; `part` 0 is the first. */
export function mix(from: Color, to: Color, part: number): Color {
  const at = (i: 0 | 1 | 2) => from[i] + part * (to[i] - from[i]);
  return [at(0), at(1), at(2)];
}

export const cssOf = ([red, green, blue]: Color) => `rgb(${red} ${green} ${blue})`;
