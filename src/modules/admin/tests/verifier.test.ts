import { expect, it } from 'vitest';
import type { AuditLog } from '../../../platform/audit/index.js';
import { EventStreams } from '../../../platform/http/index.js';
import type { Verification } from '../../../platform/sealer/index.js';
import { AuditLogVerifier } from '../audit-log.verifier.js';

const intact: Verification = {
  ...{ ok: true, checked: 3, seals: 1, erased: 0, unsealed: 0, findings: [] },
  head: { seal: 1, hash: 'ab' },
};

/** A log whose walk ends when the test says so, or by its signal, as the real one does. */
function walking(config = { verifySecondsMax: 20 }) {
  const ends: ((result: Verification) => void)[] = [];
  const verify: AuditLog['verify'] = ({ signal }) =>
    new Promise((resolve, reject) => {
      ends.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const streams = new EventStreams(() => ({}));
  const auditLog = { verify, verifyAll: async () => new Map(), list: async () => [] };
  return { ends, streams, verifier: new AuditLogVerifier({ auditLog, streams, config }) };
}

it('calls at once share one walk; a later one walks again', async () => {
  const { ends, verifier } = walking();
  const [first, second] = [verifier.verify(), verifier.verify()];
  ends[0]?.(intact);
  expect(await Promise.all([first, second])).toMatchObject([{ ok: true }, { ok: true }]);
  const third = verifier.verify();
  expect(ends).toHaveLength(2);
  ends[1]?.({ ...intact, ok: false, findings: [{ kind: 'row-removed', id: 'x' }] });
  expect(await third).toMatchObject({ ok: false, firstBroken: { kind: 'row-removed', id: 'x' } });
});

it('a walk that takes too long says so instead of saying that all is well', async () => {
  const { verifier } = walking({ verifySecondsMax: 0.01 });
  await expect(verifier.verify()).rejects.toMatchObject({ code: 'audit-verify-too-long' });
});

it('a stopping server ends the walk', async () => {
  const { verifier, streams } = walking();
  const answer = verifier.verify();
  const refused = expect(answer).rejects.toMatchObject({ code: 'audit-verify-too-long' });
  await streams.drain({ deadlineMs: 0, lastEvent: { event: 'stopping', data: {} } });
  await refused;
});
