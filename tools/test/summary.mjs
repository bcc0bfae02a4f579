// The table at the end of a run.

export function summaryLines(outcome) {
  const width = Math.max(12, ...outcome.steps.map((step) => step.name.length));
  const lines = ['', `${'step'.padEnd(width)}  passed  failed  skipped  seconds`];
  for (const step of outcome.steps) {
    const counts = [
      [step.passed, 6],
      [step.failed, 6],
      [step.skipped, 7],
      [step.seconds.toFixed(1), 7],
    ].map(([value, size]) => String(value).padStart(size));
    lines.push(`${step.name.padEnd(width)}  ${counts.join('  ')}${step.detail ? `  ${step.detail}` : ''}`);
  }
  for (const { name, reason } of outcome.missingEngines) lines.push(`not available: ${name} (${reason})`);
  for (const { name, tests } of outcome.skippedSuites) lines.push(`skipped: ${name} (${tests} tests)`);
  for (const name of outcome.refused) lines.push(`not allowed to be skipped with CI=true: ${name}`);
  if (outcome.interrupted) lines.push('interrupted');
  return [...lines, '', totals(outcome)];
}

const totals = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
