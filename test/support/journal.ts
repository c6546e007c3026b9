// What the mock says that it received.

/** What the tests read of a line of the mock's journal. */
export interface JournalLine {
  /** The mock's clock, ISO 8601 UTC. */
  readonly at: string;
  readonly requestCode: string;
  /** The account that asked, where it proved itself. */
  readonly user?: string;
  readonly operation?: string;
  readonly outcome: string;
}

/** The whole journal of the mock, page by page. */
export async function readJournal(
  control: (url: string) => Promise<Response>,
  url: string,
): Promise<readonly JournalLine[]> {
  const lines: JournalLine[] = [];
  for (let from: number | null = 1; from !== null; ) {
    const page: { entries: JournalLine[]; next: number | null } = JSON.parse(
      await (await control(`${url}?from=${from}`)).text(),
    );
    lines.push(...page.entries);
    from = page.next;
  }
  return lines;
}
