// How far a synchronisation of the catalogue has come: what a process that takes it up again goes on from. Pure.
import type { PortalList, PortalPage } from '../../../../adapters/portal/portal.ts';

/** The lists in the order in which they are read. */
export const lists = [
  'procedure',
  'field',
  'agency',
  'result-paper',
] as const satisfies readonly PortalList[];

/** Of one list. */
export interface ListProgress {
  /** The last page that was staged; 0: none. */
  readonly page: number;
  /** Entries read, repeated ones counted too. */
  readonly read: number;
  /** As the portal says; null: it does not. */
  readonly total: number | null;
  readonly unreadable: number;
  /** How often it was begun anew because it changed while it was read. */
  readonly restarts: number;
  readonly isDone: boolean;
}

/** Of the procedures that their list does not show whole. */
export interface ContentsProgress {
  /** Code of the last one that was read; empty: none. */
  readonly after: string;
  readonly read: number;
  /** Null: not counted yet. */
  readonly total: number | null;
  /** Those that the portal refused to show. */
  readonly missing: number;
  readonly isDone: boolean;
}

/** Of a synchronisation. */
export interface Progress {
  readonly lists: Readonly<Record<PortalList, ListProgress>>;
  readonly contents: ContentsProgress;
}

const atFirst: ListProgress = {
  ...{ page: 0, read: 0, total: null, unreadable: 0, restarts: 0, isDone: false },
};

/** Nothing read. */
export const noProgress: Progress = {
  lists: { procedure: atFirst, field: atFirst, agency: atFirst, 'result-paper': atFirst },
  contents: { after: '', read: 0, total: null, missing: 0, isDone: false },
};

/** With the list's new progress. */
export const withList = (progress: Progress, list: PortalList, now: ListProgress): Progress => ({
  ...progress,
  lists: { ...progress.lists, [list]: now },
});

/** With another progress of the contents. */
export const withContents = (progress: Progress, now: Partial<ContentsProgress>): Progress => ({
  ...progress,
  contents: { ...progress.contents, ...now },
});

/** Whether the list is no longer the one of the pages before: then an entry may have slipped between two pages. */
export const hasMoved = (before: ListProgress, page: PortalPage): boolean =>
  before.total !== null && page.total !== undefined && page.total !== before.total;

/** After a page. @param unusable entries of it that cannot be kept */
export const afterPage = (before: ListProgress, page: PortalPage, unusable: number): ListProgress => ({
  ...before,
  page: before.page + 1,
  read: before.read + page.entries.length + page.unreadable,
  total: page.total ?? before.total,
  unreadable: before.unreadable + page.unreadable + unusable,
  isDone: page.isLast || page.entries.length + page.unreadable === 0,
});

/** Begun anew. */
export const restarted = ({ restarts }: ListProgress): ListProgress => ({
  ...atFirst,
  restarts: restarts + 1,
});
