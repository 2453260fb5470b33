// The benchmarks: npm run bench [-- command flags]. `npm run bench -- --help` lists them; README.md says what they measure.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { FLAGS } from "./commands/flags.js";

type Flag = keyof typeof FLAGS;

interface Command {
  readonly summary: string;
  /** What its arguments are called in the help. */
  readonly positional?: string;
  readonly flags: readonly Flag[];
  readonly run: (args: readonly string[]) => Promise<void>;
}

/** Without a name: the library against plain JavaScript. */
const SHAPES: Command = {
  summary: "the library against plain JavaScript",
  flags: ["quick", "subnormal", "shapes", "work", "json"],
  run: async (args) => (await import("./commands/shapes.js")).shapes(args),
};

const COMMANDS: Readonly<Record<string, Command>> = {
  axis: {
    summary: "another axis against the last",
    flags: ["quick"],
    run: async (args) => (await import("./commands/axis.js")).axis(args),
  },
  plain: {
    summary: "the library against the functions that people have, and absent classes",
    flags: ["quick"],
    run: async (args) => (await import("./commands/plain.js")).plain(args),
  },
  binary: {
    summary: "sigmoid and the losses of two classes against loops",
    flags: ["quick"],
    run: async (args) => (await import("./commands/binary.js")).binary(args),
  },
  relaxed: {
    summary: "the first benchmark on a newer Node, which has relaxed SIMD",
    flags: ["node", ...SHAPES.flags],
    run: (args) => node("test/e2e/runtimes/withNode.mjs", "--import", "tsx", "bench/main.ts", ...args),
  },
  threads: {
    summary: "one thread against several",
    flags: ["threads", "quick", "shapes", "work", "json"],
    run: async (args) => (await import("./commands/threads.js")).threads(args),
  },
  tokens: {
    summary: "argmax, topK and sample against plain JavaScript and other libraries",
    flags: ["quick"],
    run: async (args) => (await import("./commands/tokens.js")).tokens(args),
  },
  linear: {
    summary: "linear layers with their loss and gradients against other libraries and native code",
    flags: ["quick", "shapes", "node"],
    run: (args) => node("bench/peers/run.mjs", "linear.mjs", ...args),
  },
  peers: {
    summary: "the library against other libraries and native code",
    flags: ["times", "memory", "download", "quick", "shapes", "work", "json", "node"],
    run: (args) => node("bench/peers/run.mjs", "main.mjs", ...args),
  },
  pipelines: {
    summary: "the softmax of transformers.js's pipelines against theirs",
    flags: ["quick"],
    run: (args) => node("bench/peers/run.mjs", "pipelines.mjs", ...args),
  },
  plot: {
    summary: "plots of what `peers` has measured",
    positional: "[file]",
    flags: [],
    run: (args) => node("bench/peers/run.mjs", "plot/plot.mjs", ...args),
  },
  start: {
    summary: "what a process pays: the import and the first call",
    positional: "[revision]",
    flags: ["quick"],
    run: async (args) => (await import("./commands/start.js")).start(args),
  },
  compare: {
    summary: "this build against that of a revision",
    positional: "<revision>",
    flags: ["quick", "shapes", "work"],
    run: async (args) => (await import("./commands/compare.js")).compare(args),
  },
};

/** Runs a script of its own process from the repository's root. */
function node(...args: readonly string[]): Promise<void> {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  process.exitCode = spawnSync(process.execPath, args, { cwd, stdio: "inherit" }).status ?? 1;
  return Promise.resolve();
}

function help(): string {
  const usage = (name: string, { summary, positional = "", flags }: Command) => {
    const call = ["npm run bench", name || flags.length > 0 ? "--" : "", name, positional].filter(Boolean).join(" ");
    const options = flags.map((flag) => `--${flag}`).join(" ");
    return [`${call.padEnd(40)}${summary}`, options && `    ${options}`].filter(Boolean).join("\n");
  };
  return [
    usage("", SHAPES),
    ...Object.entries(COMMANDS).map(([name, command]) => usage(name, command)),
    "",
    ...Object.entries(FLAGS).map(([flag, meaning]) => `  --${flag.padEnd(12)}${meaning}`),
  ].join("\n");
}

const [first = "", ...rest] = process.argv.slice(2);
const isNamed = first !== "" && !first.startsWith("-");
const command = isNamed ? (Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined) : SHAPES;
try {
  if (process.argv.includes("--help")) console.log(help());
  else if (command === undefined) throw new RangeError(`expected ${Object.keys(COMMANDS).join(", ")}, got "${first}"`);
  else await command.run(isNamed ? rest : process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`bench: ${error.message}`);
  if (error.cause !== undefined) console.error(error.cause);
  process.exitCode = 1;
}
