// What a grant must be beyond what the contract's schema and the table's constraints say: fit for the operations that it
// names. Checked when it is proposed and again when it is approved.
import { isIP } from 'node:net';
import type { components } from '../../../openapi/types/admin.v1.ts';
import type { ProblemPlace } from '../../problem.ts';
import { type Published, type PublishedOperation, refusePlaces } from './published.ts';

/** A grant as it is to be in force. */
export type GrantContent = Omit<components['schemas']['Grant'], 'revision' | 'reason'>;

const checkOperations = (known: readonly (PublishedOperation | undefined)[]): readonly ProblemPlace[] =>
  known.flatMap((operation, place) =>
    operation
      ? []
      : [
          {
            where: `/body/operations/${place}`,
            vi: 'phải là thao tác của một đặc tả đã công bố',
            en: 'must be an operation of a published contract',
          },
        ],
  );

/** What has no header Purpose in its contract is called without one: a grant that asks for one would never fit. */
const checkPurpose = (
  { purpose }: GrantContent,
  named: readonly (PublishedOperation | undefined)[],
): readonly ProblemPlace[] =>
  named.flatMap((operation, place) =>
    purpose === undefined || !operation || operation.hasPurpose
      ? []
      : [
          {
            where: `/body/operations/${place}`,
            vi: 'được gọi không kèm mục đích: phải đặt trong một quyền riêng, không có mục đích',
            en: 'is called without a purpose: it must stand in a grant of its own, without purpose',
          },
        ],
  );

function checkFields(
  fields: readonly string[] | undefined,
  known: readonly PublishedOperation[],
): readonly ProblemPlace[] {
  const releasable = new Set(known.flatMap((operation) => operation.fields));
  if (fields === undefined)
    return releasable.size === 0
      ? []
      : [
          {
            where: '/body/fields',
            vi: 'phải liệt kê những gì các thao tác này được trả',
            en: 'must list what these operations may release',
          },
        ];
  return fields.flatMap((field, place) =>
    releasable.has(field)
      ? []
      : [
          {
            where: `/body/fields/${place}`,
            vi: 'phải là trường trong kết quả của các thao tác này',
            en: 'must be a field of the answers of these operations',
          },
        ],
  );
}

/** Whether only tokens bound to their holder may use it: personal data, and changes of administration. */
const needsBound = ({ personalData, effect, service }: PublishedOperation): boolean =>
  personalData || (effect && service === 'admin.v1');

function checkCaller(content: GrantContent, known: readonly PublishedOperation[]): readonly ProblemPlace[] {
  const errors: ProblemPlace[] = [];
  if (content.purpose === undefined && known.some(({ officer, personalData }) => officer || personalData))
    errors.push({
      where: '/body/purpose',
      vi: 'phải có: các thao tác này đòi mục đích',
      en: 'must be given: these operations ask for one',
    });
  if (!content.senderBound && known.some(needsBound))
    errors.push({
      where: '/body/senderBound',
      vi: 'phải là true với các thao tác này',
      en: 'must be true for these operations',
    });
  return errors;
}

/** An address, or one and the length of its prefix; the database refuses bits beyond the prefix. */
function isBlock(block: string): boolean {
  const [address = '', bits] = block.split('/');
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
}

const checkAddresses = ({ addresses = [] }: GrantContent): readonly ProblemPlace[] =>
  addresses.flatMap((block, place) =>
    isBlock(block)
      ? []
      : [
          {
            where: `/body/addresses/${place}`,
            vi: 'phải là địa chỉ IP hoặc khối CIDR',
            en: 'must be an address or a CIDR block',
          },
        ],
  );

/**
 * @param environment of this hub
 * @throws Problem request-invalid naming every place
 */
export function checkGrant(content: GrantContent, published: Published, environment: string): void {
  const named = content.operations.map(published.operation);
  const known = named.filter((operation) => operation !== undefined);
  refusePlaces([
    ...checkOperations(named),
    ...checkPurpose(content, named),
    ...checkFields(content.fields, known),
    ...checkCaller(content, known),
    ...checkAddresses(content),
    ...(content.environment === environment
      ? []
      : [
          {
            where: '/body/environment',
            vi: `phải là môi trường của trục này: ${environment}`,
            en: `must be the hub's own: ${environment}`,
          },
        ]),
  ]);
}
