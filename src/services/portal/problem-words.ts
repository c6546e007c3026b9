// Problems in words, where they are told beside other things and not as an answer of their own.
import type { Words } from '../../problem.ts';
import { type ProblemCode, problemCodes } from '../../problem-codes.ts';

/** What is wrong and who must do what. */
export function toProblemWords(code: ProblemCode): Words {
  const { vi, en } = problemCodes[code];
  return { vi: `${vi.title}. ${vi.action}`, en: `${en.title}. ${en.action}` };
}
