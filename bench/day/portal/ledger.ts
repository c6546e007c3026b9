// What the units themselves wrote down of their dossiers: what they said, in which order, and what they were answered.
import type { NewRecord } from './records.ts';

/** A record that the hub took, as its unit means it: a repaired one in its complete form. */
export interface SaidRecord {
  readonly changeId: string;
  readonly record: NewRecord;
}

const mostFaults = 100;

/** The units' own records. */
export class PortalLedger {
  /** By dossier code, in the order in which they were said. */
  readonly said = new Map<string, SaidRecord[]>();
  /** By change: the complete record, of those that are to be repaired. */
  readonly toMend = new Map<string, NewRecord>();
  /** Milliseconds of each answered submission. */
  readonly submitMs: number[] = [];
  /** What went wrong, in a sentence each, the first of it. */
  readonly faults: string[] = [];
  changes = 0;
  mended = 0;
  /** A repeated call that was answered with other changes than the first: that must not be. */
  differing = 0;
  batches = 0;
  repeats = 0;
  cuts = 0;
  changedMs = performance.now();

  note(record: NewRecord, changeId: string): void {
    const ofDossier = this.said.get(record.code) ?? [];
    ofDossier.push({ changeId, record });
    this.said.set(record.code, ofDossier);
    this.changes += 1;
    this.changedMs = performance.now();
  }

  noteMended(changeId: string): void {
    this.toMend.delete(changeId);
    this.mended += 1;
    this.changes += 1;
    this.changedMs = performance.now();
  }

  fail(error: unknown): void {
    if (this.faults.length < mostFaults)
      this.faults.push(error instanceof Error ? error.message : String(error));
  }

  /** States and lines that the portal is to take, each once. */
  get parts(): number {
    let parts = 0;
    for (const said of this.said.values())
      for (const { record } of said) parts += (record.dossier ? 1 : 0) + (record.progress?.length ?? 0);
    return parts;
  }
}
