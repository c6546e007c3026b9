// After the day: what the hub's log tells of its calls against the list that each source's mock gives.
import { compare } from '../../src/cli/reconcile.ts';
import { toLocalDay } from '../../src/local-day.ts';
import type { MockPlace, SandboxFile } from '../../src/sandbox/sandbox-file.ts';

/** Calls that both sides have, and those that only one has, over all sources. */
export interface SourceDifferences {
  readonly sourceCalls: number;
  readonly sourceDifferences: number;
}

async function fetchList(url: string): Promise<string> {
  const address = new URL(url);
  address.searchParams.set('day', toLocalDay(Date.now()));
  const response = await fetch(address, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`a mock gives no list of calls: status ${response.status}`);
  return response.text();
}

/** @param say told of each difference */
export async function reconcileMocks(
  { mocks }: SandboxFile,
  sandboxFile: string,
  say: (text: string) => void,
): Promise<SourceDifferences> {
  const sums = { sourceCalls: 0, sourceDifferences: 0 };
  for (const [source, { callsUrl }] of Object.entries<MockPlace>({ ...mocks })) {
    if (callsUrl === undefined) continue;
    const list = await fetchList(callsUrl);
    if (list === '') continue;
    const { agreed, onlyLogged, onlyListed } = await compare(source, list, {
      ...{ sandbox: sandboxFile, system: 'kiem-toan' },
    });
    sums.sourceCalls += Object.values(agreed).reduce((sum, count) => sum + count, 0);
    sums.sourceDifferences += onlyLogged.length + onlyListed.length;
    for (const { at, exchangeId } of onlyLogged) say(`${source}: only in the log: ${at} ${exchangeId}`);
    for (const { at, call } of onlyListed) say(`${source}: only on its list: ${at} ${call}`);
  }
  return sums;
}
