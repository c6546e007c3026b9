// Scans attachments while they come in, so that a clean document is delivered at once and read only once. Whatever is not
// plainly clean is left to the scan that holds and tries again: this one decides nothing else.
import { setMaxListeners } from 'node:events';
import type { Scanner } from '../../../../adapters/virus-scanner/index.ts';

/** How long a slow scanner may hold up those who send, altogether, before it is left behind. */
const patienceMs = 3_000;

/** A scan beside the reading of one message. */
export interface ScanAlong {
  /** The same bytes, shown to the scanner as they pass. Never fails but with the source. */
  watch(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined>;
  /** The scanner's version when everything was clean; undefined when that is not known. */
  verdict(): Promise<string | undefined>;
  /** Gives up what is under way. */
  close(): void;
}

/** Bytes on their way from one reader to another, a piece at a time. */
class Handover implements AsyncIterable<Buffer> {
  #piece: Buffer | undefined;
  #isEnded = false;
  #taken: () => void = () => undefined;
  #given: () => void = () => undefined;

  /** Resolves once the piece is taken. */
  give(piece: Buffer): Promise<void> {
    this.#piece = piece;
    this.#given();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#given();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        while (this.#piece === undefined && !this.#isEnded)
          await new Promise<void>((resolve) => {
            this.#given = resolve;
          });
        if (this.#piece === undefined) return;
        const piece = this.#piece;
        this.#piece = undefined;
        yield piece;
        this.#taken();
      }
    } finally {
      this.#taken();
    }
  }
}

/** Begins; the scanner is asked when the first content comes. */
export function createScanAlong(scanner: Pick<Scanner, 'scan'>): ScanAlong {
  const closing = new AbortController();
  // Each attachment's scan listens to it.
  setMaxListeners(0, closing.signal);
  const verdicts: Promise<string | undefined>[] = [];
  let leftMs = patienceMs;

  /** False once the scanner is left behind. */
  async function show(handover: Handover, piece: Buffer): Promise<void> {
    if (closing.signal.aborted) return;
    const begunMs = performance.now();
    const timer = setTimeout(() => closing.abort(), leftMs);
    await Promise.race([handover.give(piece), aborted]);
    clearTimeout(timer);
    leftMs -= performance.now() - begunMs;
  }

  const aborted = new Promise<void>((resolve) => {
    closing.signal.addEventListener('abort', () => resolve());
  });

  return {
    async *watch(source) {
      const handover = new Handover();
      const scan = scanner
        .scan(() => handover, closing.signal)
        .then(
          ({ outcome, version }) => (outcome === 'clean' ? version : undefined),
          () => undefined,
        );
      // A scan that is over takes nothing any more.
      void scan.then(() => handover[Symbol.asyncIterator]().return(undefined));
      let isOver = false;
      void scan.then(() => {
        isOver = true;
      });
      verdicts.push(scan);
      try {
        for await (const piece of source) {
          if (!isOver) await Promise.race([show(handover, piece), scan]);
          yield piece;
        }
      } finally {
        handover.end();
      }
    },
    async verdict() {
      const timer = setTimeout(() => closing.abort(), Math.max(0, leftMs));
      const all = await Promise.all(verdicts);
      clearTimeout(timer);
      return all.every((version) => version !== undefined) ? all[0] : undefined;
    },
    close: () => closing.abort(),
  };
}
