// StrykerJS's runner of vitest, for which a file that fails as it is imported has no test that fails: a mutant of what runs
// at import, as the instances that tests are made with do, would count as a survivor.

import { INSTRUMENTER_CONSTANTS } from "@stryker-mutator/api/core";
import { commonTokens, declareFactoryPlugin, PluginKind, tokens } from "@stryker-mutator/api/plugin";
import { DryRunStatus, TestStatus } from "@stryker-mutator/api/test-runner";
import { VitestTestRunner } from "./node_modules/@stryker-mutator/vitest-runner/dist/src/vitest-test-runner.js";

class Runner extends VitestTestRunner {
  async run(options) {
    const result = await super.run(options);
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
