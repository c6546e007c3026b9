// Records as units may submit them, by chance: whatever the contract takes.
import fc from 'fast-check';
import type { PortalRecord } from '../../../src/services/portal/record-form.ts';
import { procedure } from './dossier-hub.ts';

const texts = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the contract takes none
  .filter((text) => /^(?=[\s\S]*\S)[^\x00-\x1f\x7f]+$/.test(text) && !/\p{Cs}/u.test(text));
const times = fc
  .integer({ min: 1_700_000_000, max: 1_800_000_000 })
  .chain((second) =>
    fc.constantFrom(
      new Date(second * 1_000).toISOString(),
      `${new Date((second + 25_200) * 1_000).toISOString().slice(0, 19)}+07:00`,
    ),
  );
const statuses = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
const codes = fc.stringMatching(/^[A-Z0-9.]{1,20}$/);
const numbers = fc.integer({ min: 0, max: 99_999_999 }).map((n) => `9990${String(n).padStart(8, '0')}`);

const dossiers = fc.record(
  {
    procedure: fc.constantFrom({ code: procedure }, { code: '1.999999.H99' }, {}),
    owner: fc.record(
      {
        name: texts,
        kind: fc.constantFrom('citizen', 'organisation'),
        identity: fc.record({ kind: fc.constant('personal-number'), number: numbers }),
      },
      { requiredKeys: [] },
    ),
    status: statuses,
    ...{ summary: texts, note: texts, receiptNo: texts, phone: texts },
    ...{ filedAt: times, receivedAt: times, dueAt: times, finishedAt: times, returnedAt: times },
    channel: fc.constantFrom('direct', 'online', 'postal'),
    hasDigitisedParts: fc.boolean(),
    databases: fc.array(codes, { maxLength: 3 }),
    fees: fc.array(fc.record({ code: codes, amount: fc.integer({ min: 0, max: 9_000_000_000_000 }) }), {
      maxLength: 2,
    }),
    results: fc.array(fc.record({ code: codes, name: texts }, { requiredKeys: [] }), { maxLength: 2 }),
    supplements: fc.array(fc.record({ content: texts, requestedAt: times, receivedAt: times }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);

const lines = fc.record(
  { officer: texts, at: times, content: texts, status: statuses },
  { requiredKeys: ['at'] },
);

/** Records of one invented code, with a dossier, lines or both. */
export const records: fc.Arbitrary<PortalRecord> = fc
  .record(
    {
      code: fc.constant('000.00.03.H99-261126-0000'),
      dossier: dossiers,
      progress: fc.array(lines, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['code'] },
  )
  .filter(({ dossier, progress }) => dossier !== undefined || progress !== undefined)
  // As JSON has it; the generator's literal types are the contract's.
  .map((record): PortalRecord => JSON.parse(JSON.stringify(record)));
