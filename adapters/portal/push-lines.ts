// Pushing the progress lines of one dossier, in their order, in one call. Source: public-service-portal.md §4.4, §5, §11.5
import { SourceError } from '../adapter.ts';
import { toMeaning } from './codes.ts';
import { toRecordCodes } from './driver.ts';
import type { PortalOutcome, PortalProgressLine } from './portal.ts';
import type { PushDependencies } from './push.ts';
import { toRefusal } from './questions.ts';
import { type Asking, isSurelyNotStored } from './wire.ts';
import { writeLine } from './write-dossier.ts';

/**
 * Pushes lines. Where the portal took some of them and refused others the outcome is `unknown`: once it was looked up what
 * it has, only the rest is sent, and refused for itself.
 * @throws SourceError when it is certain that none was stored
 */
export async function pushLines(
  code: string,
  lines: readonly PortalProgressLine[],
  { settings, driver, judge }: PushDependencies,
  asking: Asking,
): Promise<PortalOutcome> {
  if (lines.length === 0 || lines.length > settings.mostLines)
    throw new RangeError('no lines, or more than one call takes');
  const written = lines.map((line, place) => writeLine(code, line, place, settings));
  const where = written.flatMap((line) => line.where);
  if (where.length > 0) return { kind: 'refused', why: 'invalid', code: undefined, where };
  const data = written.map(({ fields }) => fields);
  try {
    const reply = await driver.sendLines(data, asking);
    if (toMeaning(reply.code, settings) === 'unit') throw toRefusal(reply, settings);
    const codes = toRecordCodes(
      reply,
      lines.map(() => code),
    );
    if (!codes) return await judge.lines(code, reply.code, [], asking);
    if (codes.every((one) => one === '0')) return { kind: 'done', did: 'created' };
    const [first] = codes;
    if (first === undefined || codes.some((one) => one === undefined || one === '0'))
      return { kind: 'unknown' };
    return await judge.lines(code, first, ['/progress/0'], asking);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.kind === 'refused' && error.code?.startsWith('http-4'))
      return { kind: 'refused', why: 'other', code: error.code, where: [] };
    if (isSurelyNotStored(error)) throw error;
    return { kind: 'unknown', because: error };
  }
}
