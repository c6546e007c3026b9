// Compiles the validators that no call has asked for yet, once the first rush of a start is over: docs/decisions/0039.
import { setTimeout as pause } from 'node:timers/promises';
import type { Contract } from './contract.ts';
import { createValidators } from './validator.ts';

/** A restart has its callers at once: what they call is compiled by their calls, the rest when it is quieter. */
const beginMs = 20_000;
/** Between two operations others have their turn. */
const restMs = 10;

async function compileAll(contracts: readonly Contract[], signal: AbortSignal): Promise<void> {
  await pause(beginMs, undefined, { ref: false, signal });
  for (const contract of contracts)
    for (const validator of createValidators(contract).of.values()) {
      validator.compile();
      await pause(restMs, undefined, { ref: false, signal });
    }
}

/**
 * Compiles the validators of contracts before they are asked, one operation after the other.
 * @param failed is told of a contract that cannot be compiled: its calls fail
 * @returns ends it
 */
export function startCompiling(contracts: readonly Contract[], failed: (error: unknown) => void): () => void {
  const ended = new AbortController();
  compileAll(contracts, ended.signal).catch((error: unknown) => {
    if (!ended.signal.aborted) failed(error);
  });
  return () => ended.abort();
}
