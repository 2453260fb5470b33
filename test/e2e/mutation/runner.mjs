// StrykerJS's runner of vitest, but for two things. A file that fails as it is imported has no test that fails: a mutant of
// what runs at import, as the instances that tests are made with do, would count as a survivor. And the tests that reach a
// mutant are picked by their files and by a set (onlyCovering.mjs), not by one pattern of thousands of names.

import { INSTRUMENTER_CONSTANTS } from "@stryker-mutator/api/core";
import { commonTokens, declareFactoryPlugin, PluginKind, tokens } from "@stryker-mutator/api/plugin";
import { DryRunStatus, TestStatus } from "@stryker-mutator/api/test-runner";
import { VitestTestRunner } from "./node_modules/@stryker-mutator/vitest-runner/dist/src/vitest-test-runner.js";

class Runner extends VitestTestRunner {
  async run({ testIds = [], ...options }) {
    this.ctx.provide("covering", testIds);
    const testFiles = testIds.length === 0 ? options.testFiles : [...new Set(testIds.map((id) => id.split("#")[0]))];
    const result = await super.run({ ...options, testFiles });
    if (result.status !== DryRunStatus.Complete) return result;
    const broken = this.ctx.state
      .getFiles()
      .filter(({ result: file, tasks }) => file?.state === "fail" && !tasks.length);
    const failures = broken.map(({ name, result: file }) => ({
      id: name,
      name: `${name} as it is imported`,
      timeSpentMs: 0,
      status: TestStatus.Failed,
      failureMessage: file.errors?.[0]?.message ?? "",
    }));
    return { ...result, tests: [...result.tests, ...failures] };
  }
}

const create = (injector) =>
  injector.provideValue("globalNamespace", INSTRUMENTER_CONSTANTS.NAMESPACE).injectClass(Runner);
create.inject = tokens(commonTokens.injector);

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "vitest-and-imports", create)];
