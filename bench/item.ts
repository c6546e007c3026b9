// The one body of every row: an item of an exact size, in UTF-8 with Vietnamese letters as real ones have.

/** A line of an item. */
export interface Line {
  readonly code: string;
  readonly name: string;
  readonly amount: number;
  readonly isFinal: boolean;
  readonly note?: string;
}

/** What bench.v1 exchanges. */
export interface Item {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly Line[];
}

const toLine = (n: number): Line => ({
  code: `LD-${String(n % 10_000).padStart(4, '0')}`,
  name: `Hạng mục số ${n} của hồ sơ thử nghiệm`,
  amount: (n * 7919) % 1_000_003,
  isFinal: n % 3 === 0,
});

const toBytes = (id: string, lines: readonly Line[]): Buffer =>
  Buffer.from(JSON.stringify({ id, title: 'Mục thử nghiệm tốc độ', lines } satisfies Item));

/** The JSON of an item of exactly `kib` KiB. */
export function makeItem(id: string, kib: number): Buffer {
  const lines: Line[] = [];
  const roomFor = (line: Line): number => kib * 1024 - toBytes(id, [...lines, line]).length;
  for (let n = 1; ; n += 1) {
    const next = toLine(n);
    // Kept back for the last line, which has a note that fills what is left.
    if (roomFor(next) < 200) {
      const last = { ...next, note: '' };
      const item = toBytes(id, [...lines, { ...last, note: 'x'.repeat(Math.max(0, roomFor(last))) }]);
      if (item.length !== kib * 1024) throw new Error(`no item of ${kib} KiB`);
      return item;
    }
    lines.push(next);
  }
}
