import { checkAll } from "../competitors/check.ts";
import { problemOf } from "../competitors/inputs.ts";
import { roundRobin } from "../timing/roundRobin.ts";
import { fieldOf } from "./field.mjs";

/** The figures of all works on all shapes, each competitor's result checked before it is timed. */
export async function measureTimes({ works, shapes, effort }, peers) {
  const results = {};
  for (const work of works) {
    results[work] = [];
    for (const shape of shapes) {
      process.stderr.write(`${work} ${shape}\n`);
      const problem = problemOf(shape);
      const { competitors, free } = await fieldOf(work, problem, peers);
      const checked = await checkAll(work, problem, competitors);
      const timings = await roundRobin(competitors, problem.x.length, effort);
      await free();
      results[work].push({ shape, elements: problem.x.length, timings, checked });
    }
  }
  return results;
}
