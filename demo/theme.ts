import { part } from "./elements.js";

const KEY = "softmax-wasm.theme";

/** Light, dark, or what the system says: by the page's choice box, remembered. */
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

/** Calls back when the colours have changed: for what is painted, and not styled. */
export function onThemeChange(paint: () => void): void {
  document.addEventListener("themechange", paint);
}

// Where storage is forbidden, even to look at it throws.
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
    // Then the choice lasts as long as the page.
  }
}
