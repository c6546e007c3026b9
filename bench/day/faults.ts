// What goes wrong at the axis during a day: its fault switch, turned on before and off afterwards.

/** A rule of the switch; see mocks/document-axis/README.md. */
export interface FaultRule {
  readonly mode: string;
  readonly operations?: readonly string[];
  readonly probability: number;
  readonly seed: number;
  readonly delayMs?: number;
  readonly code?: string;
}

/** The faults of an ordinary day: about one send in a hundred. */
export const toDayFaults = (seed: number): readonly FaultRule[] => [
  { mode: 'code', code: '20', operations: ['sendEdoc'], probability: 0.004, seed },
  { mode: 'timeoutAfter', delayMs: 300, operations: ['sendEdoc'], probability: 0.003, seed: seed + 1 },
  { mode: 'timeoutBefore', delayMs: 300, operations: ['sendEdoc'], probability: 0.002, seed: seed + 2 },
  { mode: 'unavailable', operations: ['sendEdoc'], probability: 0.001, seed: seed + 3 },
];

/** Sets the rules; none clears the switch. @throws Error when it refuses them */
export async function setFaults(faultUrl: string, faults: readonly FaultRule[]): Promise<void> {
  const response = await fetch(faultUrl, {
    method: faults.length === 0 ? 'DELETE' : 'PUT',
    ...(faults.length > 0 && { body: JSON.stringify({ faults }) }),
  });
  if (!response.ok) throw new Error(`the axis' fault switch: ${response.status}`);
}

interface Shown {
  readonly faults: readonly { readonly hits: number }[];
}

/** How many requests were hit since the rules were set. */
export async function countHits(faultUrl: string): Promise<number> {
  const { faults }: Shown = JSON.parse(await (await fetch(faultUrl)).text());
  return faults.reduce((sum, { hits }) => sum + hits, 0);
}
