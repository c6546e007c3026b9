// Submits heads to a witness. Source: C2SP tlog-witness, add-checkpoint. Nothing is believed but a cosignature that holds.
import { openWire } from '../../../adapters/undici-axios.ts';
import type { WitnessSettings } from '../../config-witnesses.ts';
import { type Cosigned, parseWitnessKey, readCosignature } from '../cosignature.ts';
import type { SignedHead } from '../heads.ts';
import type { VerifierKey } from '../note.ts';

/** What came of a submission. `conflict`: it says that the log does not extend what it cosigned. */
export type Submitted =
  | { readonly kind: 'cosigned'; readonly line: string; readonly cosigned: Cosigned }
  | { readonly kind: 'knows'; readonly size: number }
  | { readonly kind: 'conflict'; readonly old: number; readonly said: string }
  | { readonly kind: 'refused'; readonly said: string };

/** The way to one witness. */
export interface WitnessClient {
  readonly name: string;
  readonly key: VerifierKey;
  /**
   * @param old size of the head that it is to have cosigned last
   * @param proof from there to the head
   * @throws Error when it cannot be reached in time
   */
  submit(head: SignedHead, old: number, proof: readonly Buffer[]): Promise<Submitted>;
  /** Ends calls under way. */
  close(): Promise<void>;
}

const answerBytes = 16_384;
const connectMs = 2_000;

/** The line of `key` among the lines of an answer that cosigns the head. @throws Error when there is none or it fails */
function takeCosignature(lines: string, { note }: SignedHead, key: VerifierKey): Submitted {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const line = lines
    .split(/(?<=\n)/)
    .find((one) => one.startsWith(`— ${key.name} `) && readCosignature(`${text}\n${one}`, key));
  const cosigned = line === undefined ? undefined : readCosignature(`${text}\n${line}`, key);
  if (line === undefined || !cosigned) throw new Error(`the answer holds no cosignature of ${key.name}`);
  return { kind: 'cosigned', line, cosigned };
}

function toSubmitted(
  status: number,
  body: string,
  head: SignedHead,
  old: number,
  key: VerifierKey,
): Submitted {
  if (status === 200) return takeCosignature(body, head, key);
  if (status === 422)
    return { kind: 'conflict', old, said: `it refuses the proof from ${old} to ${head.size}` };
  const size = status === 409 ? Number(/^(0|[1-9]\d{0,15})\n$/.exec(body)?.[1] ?? Number.NaN) : Number.NaN;
  if (size === old) return { kind: 'conflict', old, said: `it cosigned another head of ${old} leaves` };
  if (Number.isSafeInteger(size)) return { kind: 'knows', size };
  return { kind: 'refused', said: `it answers ${status}` };
}

/** Opens the way to a witness; nothing is connected until the first submission. @param callMs for one submission */
export function createWitnessClient(settings: WitnessSettings, callMs: number): WitnessClient {
  const { name, url } = settings;
  const key = parseWitnessKey(settings.key);
  const wire = openWire({ url, connectMs, callMs, answerBytes, connections: 1 });
  return {
    ...{ name, key },
    async submit(head, old, proof) {
      const lines = proof.map((hash) => `${hash.toString('base64')}\n`).join('');
      const { status, data } = await wire.http.post<Buffer>(
        `${url}/add-checkpoint`,
        `old ${old}\n${lines}\n${head.note}`,
        { headers: { 'content-type': 'text/plain; charset=utf-8' } },
      );
      return toSubmitted(status, data.toString('utf8'), head, old, key);
    },
    close: wire.close,
  };
}
