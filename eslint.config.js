import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  // asc is the checker of assembly/: a dialect whose operators and types are its own.
  // test/e2e/{interop,tfjs}/types.ts, test/e2e/types, test/e2e/projects and examples/vite are checked with the packages that
  // they import, which are not here.
  {
    ignores: [
      ...["assembly/", "build/", "dist/", "demo/dist/", "coverage/", ".stryker-tmp/", "**/node_modules/"],
      ...["test/e2e/interop/types.ts", "test/e2e/tfjs/types.ts", "test/e2e/types/*.ts", "test/e2e/projects/jest/"],
      "examples/vite/",
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // `x !== x` is how a NaN is asked for in a hot loop, and numbers in messages are numbers.
      "no-self-compare": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Float16 is never where the engine's types lack it (src/floatType.ts).
      "@typescript-eslint/no-redundant-type-constituents": "off",
      // A mapped type of optional properties counts as one.
      "@typescript-eslint/no-generated-empty-object-type": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: {
        Buffer: "readonly",
        console: "readonly",
        process: "readonly",
        TextEncoder: "readonly",
        URL: "readonly",
      },
    },
  },
  {
    // Of pages, workers and Workers.
    files: ["examples/**/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        ["document", "performance", "postMessage", "require", "Response", "Worker"].map((name) => [name, "readonly"]),
      ),
    },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
