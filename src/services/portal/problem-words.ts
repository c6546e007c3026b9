// Problems in words, where they are told beside other things and not as an answer of their own.
import type { Words } from '../../problem.ts';
import { type ProblemCode, problemCodes } from '../../problem-codes.ts';

/** Whether this version knows the code; an earlier one may have written others. */
export const isProblemCode = (text: string): text is ProblemCode => Object.hasOwn(problemCodes, text);

/** What is wrong and who must do what. */
export function toProblemWords(code: ProblemCode): Words {
  const { vi, en } = problemCodes[code];
  return { vi: `${vi.title}. ${vi.action}`, en: `${en.title}. ${en.action}` };
}
