// Vite's library mode as it comes, which knows nothing of Node, and its output in Node.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vite from "vite";
import { answerInNode } from "./inNode.mjs";
import { wrongIn, wrongInPool } from "./wrongIn.mjs";

export async function viteLibraryRow({ folder }) {
  const root = join(folder, "nodeLibrary");
  const warnings = [];
  const customLogger = vite.createLogger("warn");
  customLogger.warn = customLogger.warnOnce = (text) => warnings.push(text);
  const lib = { entry: join(root, "entry.mjs"), formats: ["es", "cjs"], fileName: "library" };
  await vite.build({ root, logLevel: "warn", customLogger, build: { lib } });
  if (warnings.length > 0) throw new Error(`warned: ${warnings.join("; ")}`);
  for (const name of ["library.mjs", "library.js"]) {
    for (const [call, wrongOf] of [
      ["answer", wrongIn],
      ["poolAnswer", wrongInPool],
    ]) {
      const caller = join(root, `${call}-of-${name}.mjs`);
      const script = `import * as library from "./dist/${name}";
globalThis.answer = await (library.default ?? library).${call}();
`;
      writeFileSync(caller, script);
      const wrong = wrongOf(answerInNode(caller));
      if (wrong) throw new Error(`${call} of ${name}: ${wrong}`);
    }
  }
  return { ranIn: ["Node"] };
}
