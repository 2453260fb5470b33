import { part } from "./elements.js";

const KEY = "softmax-wasm.theme";

/** Light, dark, or the system's theme, as selected on the page; the choice is remembered. */
export function chooseTheme(): void {
  const select = part("theme", HTMLSelectElement);
  const apply = (theme: string) => {
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new Event("themechange"));
  };
  const stored = remembered();
  if (stored === "light" || stored === "dark") {
    select.value = stored;
    apply(stored);
  }
  select.addEventListener("change", () => {
    apply(select.value);
    remember(select.value);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    document.dispatchEvent(new Event("themechange")),
  );
}

/** Calls back when the colours have changed, for canvases, which style sheets do not reach. */
export function onThemeChange(paint: () => void): void {
  document.addEventListener("themechange", paint);
}

// Where storage is forbidden, even reading the property throws.
function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice then lasts until the page closes.
  }
}
