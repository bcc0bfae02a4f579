// Runs steps one after the other, provides the engines for those that want them, and sums up.
import { stopChildren } from '../launcher/children.cjs';
import { provideNeeds } from './needs.mjs';

/**
 * @returns what happened, for people (`summary.mjs`) and for programs (`--json`). Engines are stopped
 * before it returns, also when a step throws. `ci` turns a missing engine or a suite skipped for anything
 * but the data folder into a failure.
 */
export async function runSteps({ root, before, withEngines, say, ci, interruption, wanted }) {
  const context = { root, env: { ...process.env, NODE_ENV: 'test' }, say };
  const results = [];
  const runAll = async (steps) => {
    for (const step of steps) {
      if (interruption.aborted) return false;
      const result = await runStep(step, context);
      results.push(result);
      if (result.failed > 0 && step.essential) return false;
    }
    return true;
  };

  let missing = [];
  if (await runAll(before)) {
    say('\n── engines');
    const engines = await provideNeeds({ say, wanted });
    missing = engines.missing.map(({ need, reason }) => ({ name: need.title, reason }));
    for (const { need, version } of engines.started) say(`${need.title}: ${version}`);
    for (const { name, reason } of missing) say(`${name}: ${reason}`);
    try {
      Object.assign(context.env, engines.env);
      await runAll(withEngines);
    } finally {
      await engines.stop();
    }
  }
  return conclude({ results, missing, ci, interrupted: interruption.aborted });
}

async function runStep(step, context) {
  context.say(`\n── ${step.name}`);
  const startedAt = performance.now();
  const result = await step.run(context).catch((error) => {
    context.say(error.stack ?? String(error));
    return { passed: 0, failed: 1, skipped: 0, detail: error.message };
  });
  return { name: step.name, seconds: (performance.now() - startedAt) / 1000, skippedSuites: [], ...result };
}

export function conclude({ results, missing, ci, interrupted }) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const skippedSuites = results.flatMap((result) => result.skippedSuites);
  const refused = ci ? skippedSuites.filter((suite) => !suite.name.includes('../shared')) : [];
  const notHad = ci ? missing : [];
  const failed = sum('failed') + refused.length + notHad.length;
  return {
    ok: failed === 0 && !interrupted,
    interrupted,
    steps: results,
    missingEngines: missing,
    skippedSuites,
    refused: [...refused.map((suite) => suite.name), ...notHad.map((engine) => engine.name)],
    passed: sum('passed'),
    failed,
    skipped: sum('skipped'),
  };
}

/** On the first signal running children end and the run winds up; the second one ends the process. */
export function onInterruption(say) {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      say(`\n${signal}: ending what runs`);
      controller.abort();
      stopChildren();
    });
  }
  return controller.signal;
}
