// Generated documents and statuses of every kind, with Vietnamese text and characters that XML must escape.
import fc from 'fast-check';
import { statusCodes } from '../../../../adapters/document-axis/edxml/code-lists.ts';
import type {
  Business,
  DocumentReference,
  DocumentToWrite,
  EdxmlStatus,
  Organ,
  Staff,
} from '../../../../adapters/document-axis/edxml/types.ts';

const letters = [
  ...'abcĐđÔôƯưỘộ ạểữ<>&"\'=/#,.;:-_ 0123456789\t\n\r',
  ']]>',
  '🙂',
  '&amp;',
  '<!--',
  '\u0301',
];

/** Trimmed and not empty: what a writer writes as it is. */
export const words = (most = 30): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...letters), { minLength: 1, maxLength: most })
    .map((parts) => parts.join('').trim())
    .map((text) => (text === '' ? 'Ấ' : text));

const code = fc.constantFrom('000.00.01.H99', '000.00.02.H99', 'H99.03', '00.99.W00', '01.K99#79.H99');
const date = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2100-12-31'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));
const time = fc
  .tuple(date, fc.integer({ min: 0, max: 86_399 }))
  .map(([day, second]) => `${day}T${new Date(second * 1000).toISOString().slice(11, 19)}+07:00`);

/** Any of the members, at least one. */
const some = <T extends object>(
  members: { [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
): fc.Arbitrary<Partial<T>> =>
  fc
    .record(members, { requiredKeys: [] })
    .filter((table) => Object.keys(table).length > 0)
    // A record without required members is a partial one.
    .map((table) => ({ ...table }) as Partial<T>);

const organ: fc.Arbitrary<Organ> = fc
  .tuple(
    code,
    fc.option(
      some<Omit<Organ, 'organId'>>({
        organizationInCharge: words(),
        organName: words(),
        organAdd: words(),
        email: words(),
        telephone: words(),
        fax: words(),
        website: words(),
      }),
      { nil: {} },
    ),
  )
  .map(([organId, rest]) => ({ organId, ...rest }));

const reference = some<DocumentReference>({
  organId: code,
  code: words(),
  documentId: words(),
  promulgationDate: date,
});

const staff = some<Staff>({
  department: words(),
  departmentId: words(),
  staff: words(),
  staffId: words(),
  email: words(),
  mobile: words(),
});

const update: fc.Arbitrary<NonNullable<Business['update']>> = fc.record({
  documentInfo: fc.boolean(),
  documentReceiver: fc.boolean(),
  receivers: fc.array(
    fc.record({ organId: code, change: fc.constantFrom('added' as const, 'removed' as const) }),
    { maxLength: 3 },
  ),
});

const replacements = fc.array(
  fc.record({ documentId: words(), organIds: fc.array(code, { maxLength: 2 }) }),
  { minLength: 1, maxLength: 3 },
);

const businessOf = (type: 0 | 1 | 2 | 3): fc.Arbitrary<Business> =>
  fc.record(
    {
      type: fc.constant(type),
      reason: words(),
      paper: fc.boolean(),
      staff,
      replacements: type === 3 ? replacements : fc.constant([]),
      ...(type === 2 ? { documentId: words(), update } : {}),
    },
    { requiredKeys: type === 2 ? ['type', 'replacements', 'documentId'] : ['type', 'replacements'] },
  );

const trace = fc.array(fc.record({ organId: code, at: time }, { requiredKeys: ['organId'] }), {
  maxLength: 3,
});

/** Documents of the four business types, each with its target. */
export const documents: fc.Arbitrary<DocumentToWrite> = fc.constantFrom(0, 1, 2, 3).chain((type) =>
  fc.record(
    {
      kind: fc.constant('document' as const),
      from: organ,
      to: fc.uniqueArray(organ, { minLength: 1, maxLength: 4, selector: ({ organId }) => organId }),
      documentId: words(),
      code: fc.record({ number: words(4), notation: words(8) }),
      promulgation: fc.record({ date, place: words() }, { requiredKeys: ['date'] }),
      documentType: fc.record(
        { type: fc.nat(99), typeDetail: fc.nat(9), typeName: words() },
        { requiredKeys: ['type', 'typeDetail'] },
      ),
      subject: words(80),
      content: words(80),
      signer: some<NonNullable<DocumentToWrite['signer']>>({
        competence: words(),
        position: words(),
        fullName: words(),
      }),
      dueDate: date,
      otherInfo: fc.record(
        {
          priority: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const),
          sphereOfPromulgation: words(),
          typerNotation: words(),
          promulgationAmount: fc.nat(999),
          pageAmount: fc.nat(999),
          direction: fc.boolean(),
          replyFors: words(),
          referenceCodes: words(),
          appendixes: fc.array(words(), { maxLength: 2 }),
        },
        { requiredKeys: ['priority', 'appendixes'] },
      ),
      responseFor: fc.array(reference, { minLength: type === 1 ? 1 : 0, maxLength: 2 }),
      steeringType: fc.constantFrom('0', '1', '2'),
      tasks: fc.array(words(), { maxLength: 2 }),
      applicationType: words(),
      toPlaces: fc.array(words(), { maxLength: 3 }),
      trace,
      business: businessOf(type),
    },
    {
      requiredKeys: [
        ...(['kind', 'from', 'to', 'documentId', 'code', 'promulgation', 'documentType', 'subject'] as const),
        ...(['otherInfo', 'responseFor', 'steeringType', 'tasks', 'toPlaces', 'trace', 'business'] as const),
      ],
    },
  ),
);

/** Statuses of every code that is sent, each with a reason. */
export const statuses: fc.Arbitrary<EdxmlStatus> = fc.record(
  {
    kind: fc.constant('status' as const),
    from: organ,
    responseFor: fc.record(
      { organId: code, documentId: words(), code: words(), promulgationDate: date },
      { requiredKeys: ['organId', 'documentId'] },
    ),
    staff,
    statusCode: fc.constantFrom(...Object.keys(statusCodes)),
    description: words(),
    timestamp: time,
    trace: fc.constant([]),
  },
  { requiredKeys: ['kind', 'from', 'responseFor', 'statusCode', 'description', 'trace'] },
);

/** Names that go raw and names that are zipped, some misleading about what is inside. */
export const attachmentNames: fc.Arbitrary<string> = fc
  .tuple(words(8), fc.constantFrom('pdf', 'PDF', 'docx', 'zip', 'xlsx', 'txt', 'png', 'unknown'))
  .map(([name, extension]) => `${name}.${extension}`);
