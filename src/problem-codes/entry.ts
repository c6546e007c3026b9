// What the table of problem codes says of each code.

/** Who must act on a problem. */
export type Responsible = 'caller' | 'hub' | 'network' | 'source';

/** Title and what to do, in one language. */
export interface ProblemWords {
  readonly title: string;
  readonly action: string;
}

/** One code: HTTP status, the party that must act, and its words in both languages. */
export interface ProblemEntry {
  readonly status: number;
  readonly responsible: Responsible;
  readonly vi: ProblemWords;
  readonly en: ProblemWords;
}
