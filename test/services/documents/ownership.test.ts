// Whose a delivery is: the unit's that it was made for, or its only heir's; never whoever has the code today.
import assert from 'node:assert/strict';
import { createPool } from '../../../src/database/pool.ts';
import { createDirectory } from '../../../src/services/documents/directory/directory.ts';
import {
  isReceiver,
  isSender,
  type StatusSubject,
} from '../../../src/services/documents/statuses/subjects.ts';
import { july2025, makeUnits, now } from './directory/agencies.ts';

describe('A delivery', () => {
  const registry = makeUnits(
    {
      dau: { name: 'Đơn vị trước', to: july2025, codes: [['H99.77', undefined, july2025]] },
      sau: { name: 'Đơn vị sau', from: july2025, codes: [['H99.77', july2025]] },
      'thua-ke': { name: 'Đơn vị kế thừa', codes: [['H99.78']] },
    },
    [{ unitId: 'dau', successorId: 'thua-ke', at: july2025 }],
  );
  // Never asked: units of ours are answered from the registry.
  const pool = createPool('postgres://nobody@127.0.0.1:1/none', { max: 1, applicationName: 'none' });
  const directory = createDirectory({ registry, pool });
  after(() => pool.end());

  const subject = {
    ...{
      receiver: 'H99.77',
      receiverUnit: 'dau',
      senderCode: 'H99.77',
      senderUnit: 'dau',
      isInMailbox: true,
    },
  } as StatusSubject;

  for (const [unit, isTheirs] of [
    ['dau', true],
    ['thua-ke', true],
    ['sau', false],
  ] as const)
    it(`under a code that was given on is ${isTheirs ? '' : 'not '}the one of ${unit}`, () => {
      assert.equal(isReceiver(subject, unit, directory, now), isTheirs);
      assert.equal(isSender(subject, unit, directory, now), isTheirs);
    });
});
