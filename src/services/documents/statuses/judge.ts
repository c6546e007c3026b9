// The state machine of business statuses: what one more status means where a delivery stands. Nothing is ever refused for
// coming in the wrong order: separate polling promises none. Pure. Source: document-axis.md §2.2, §2.3, §9.10

/** What a change that was asked for came to. */
export type ChangeAnswer = 'asked' | 'agreed' | 'refused';

/** Where a delivery of a document stands with its receiver. */
export interface StatusHistory {
  /** Codes recorded about it, in the order in which they were. */
  readonly codes: readonly string[];
  /** The furthest of 01-06; undefined: sent only. */
  readonly status: string | undefined;
  readonly change: ChangeAnswer | undefined;
  /** Of the document: 1 to 3 ask for a change by themselves. */
  readonly businessType: 0 | 1 | 2 | 3;
}

/** Something about a status that its readers should know. */
export type StatusFlag = 'out-of-order' | 'repeated' | 'unknown-code';

/** What a status means. */
export interface Judgement {
  readonly flags: readonly StatusFlag[];
  /** Where the delivery stands from now on. */
  readonly status: string | undefined;
  readonly change: ChangeAnswer | undefined;
}

/** Of 01-06, how far each is; one that ends it is the furthest. */
const ranks: Readonly<Record<string, number>> = {
  '01': 1,
  '03': 2,
  '04': 3,
  '05': 4,
  '02': 5,
  '06': 5,
};

/** What may come next. A refusal says that it arrived, so it needs no 01 before it. */
const nexts: Readonly<Record<string, readonly string[]>> = {
  sent: ['01', '02'],
  '01': ['02', '03'],
  '03': ['04', '05', '06'],
  '04': ['05', '06'],
  '05': ['05', '06'],
  '02': [],
  '06': [],
};

const answers: Readonly<Record<string, ChangeAnswer>> = { '15': 'agreed', '16': 'refused' };

/** Whether the same code about the same delivery says something new each time. */
export const isRepeatable = (code: string): boolean => code === '05';

const isProgress = (code: string): boolean => Object.hasOwn(ranks, code);

function judgeProgress(history: StatusHistory, code: string): Judgement {
  const { status, change } = history;
  const isNext = (nexts[status ?? 'sent'] ?? []).includes(code);
  const isFurther = (ranks[code] ?? 0) > (ranks[status ?? ''] ?? 0);
  return { flags: isNext ? [] : ['out-of-order'], status: isFurther ? code : status, change };
}

/** An answer that came before what it answers holds as soon as that comes. */
function judgeAskedBack({ codes, status, change }: StatusHistory): Judgement {
  const early = change === undefined ? codes.findLast((code) => Object.hasOwn(answers, code)) : undefined;
  return { flags: [], status, change: answers[early ?? ''] ?? 'asked' };
}

function judgeAnswer({ status, change, businessType }: StatusHistory, code: string): Judgement {
  const isAsked = change !== undefined || businessType !== 0;
  return {
    flags: isAsked ? [] : ['out-of-order'],
    status,
    change: isAsked ? answers[code] : undefined,
  };
}

/** What a status with this code means now: 01-06, 13, 15, 16 as §2.3 says, any other is stored and changes nothing. */
export function judge(history: StatusHistory, code: string): Judgement {
  const { codes, status, change } = history;
  if (codes.includes(code) && !isRepeatable(code)) return { flags: ['repeated'], status, change };
  if (isProgress(code)) return judgeProgress(history, code);
  if (code === '13') return judgeAskedBack(history);
  if (Object.hasOwn(answers, code)) return judgeAnswer(history, code);
  return { flags: ['unknown-code'], status, change };
}

/** The history after a status that was recorded. */
export const follow = (
  history: StatusHistory,
  code: string,
  { status, change }: Judgement,
): StatusHistory => ({
  ...history,
  codes: [...history.codes, code],
  status,
  change,
});
