// lgsp audit export: asks for an export, follows it, downloads and verifies it. Called again for the same folder it goes on
// where it was interrupted, and nothing is asked for twice.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { components } from '../../../openapi/types/evidence.v1.ts';
import { toMembers } from '../../contracts/contract.ts';
import { type CallerOptions, openCallingSystem } from '../calling-system.ts';
import { findLogKey, findWitnesses } from '../sandbox-option.ts';
import { UsageError } from '../usage-error.ts';
import { explainFolder, type Speaking } from '../verify.ts';
import { download } from './download.ts';
import { type Auditor, callHub, type HubCall, withPatience } from './hub-call.ts';
import { toInstant } from './instant.ts';

/** Options of the command. */
export interface ExportCommandOptions extends CallerOptions {
  readonly out: string;
  readonly officer?: string;
  readonly purpose: string;
  readonly logKey?: string;
  readonly format: string;
  readonly reason: string;
  readonly fileNumber: string;
  readonly ofSystem?: string;
  readonly ofUnit?: string;
  readonly owningUnit?: string;
  readonly receiver?: string;
  readonly unitCode?: string;
  readonly ofOfficer?: string;
  readonly caseCode?: string;
  readonly ofPurpose?: string;
  readonly service?: string;
  readonly operation?: string;
  readonly outcome?: string;
  readonly problem?: string;
  readonly source?: string;
  readonly from?: string;
  readonly to?: string;
  readonly deep?: true;
}

type Export = components['schemas']['Export'];

/** What the folder remembers, in `export.json`. */
interface Memory {
  readonly key: string;
  readonly demand: Readonly<Record<string, unknown>>;
  readonly exportId?: string;
}

const callMs = 30_000;
const pollMs = 1_000;

function openAuditor(options: ExportCommandOptions): Auditor {
  const system = openCallingSystem(options);
  const officer = options.officer ?? system.officerId;
  if (officer === undefined)
    throw new UsageError('an export needs --officer, the id of an officer of the acting unit');
  return { system, officer, purpose: options.purpose };
}

function toDemand(options: ExportCommandOptions): Readonly<Record<string, unknown>> {
  const { format, reason, fileNumber, ofSystem, ofUnit, ofOfficer, ofPurpose } = options;
  const { owningUnit, receiver, unitCode, caseCode, service, operation, outcome, problem, source } = options;
  const [from, to] = [toInstant('from', options.from), toInstant('to', options.to)];
  const all = {
    ...{ format, reason, fileNumber, system: ofSystem, actingUnit: ofUnit },
    ...{ owningUnit, receiver, unitCode, officer: ofOfficer, caseCode, purpose: ofPurpose },
    ...{ service, operation, outcome, problem, source, from, to },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const toFile = (folder: string): string => join(folder, 'export.json');

/** What the folder remembers; a folder that is new remembers this demand. @throws UsageError when it holds another one */
function openMemory(folder: string, demand: Memory['demand']): Memory {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(toFile(folder))) return remember(folder, { key: randomUUID(), demand });
  const { key, demand: earlier, exportId } = toMembers(JSON.parse(readFileSync(toFile(folder), 'utf8')));
  if (typeof key !== 'string' || !isDeepStrictEqual(earlier, demand))
    throw new UsageError(`${folder} holds an export that was asked for otherwise; give another folder`);
  return { key, demand, ...(typeof exportId === 'string' && { exportId }) };
}

function remember(folder: string, memory: Memory): Memory {
  writeFileSync(toFile(folder), `${JSON.stringify(memory)}\n`, { mode: 0o600 });
  return memory;
}

function ask(auditor: Auditor, call: Omit<HubCall, 'signal'>): Promise<Export> {
  return withPatience(async () => {
    const response = await callHub(auditor, { ...call, signal: AbortSignal.timeout(callMs) });
    // The hub checks its answers against the contract before they leave.
    const body: Export = JSON.parse(await response.text());
    return body;
  });
}

async function awaitDone(
  auditor: Auditor,
  exportId: string,
  progress: Speaking['progress'],
): Promise<Export> {
  for (;;) {
    const found = await ask(auditor, { method: 'GET', path: `/exports/${exportId}` });
    if (found.state === 'done') return found;
    const until = found.estimatedEndAt === undefined ? '' : `, until about ${found.estimatedEndAt}`;
    progress?.(
      `${found.state}: ${found.leavesDone} of ${found.leaves} leaves, ${found.entries} entries${until}`,
    );
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/**
 * Runs the command.
 * @returns whether what was downloaded is valid
 * @throws Error in one sentence
 */
export async function exportLog(options: ExportCommandOptions, speaking: Speaking): Promise<boolean> {
  const { out: folder, deep } = options;
  const logKey = findLogKey(options);
  const auditor = openAuditor(options);
  const demand = toDemand(options);
  let memory = openMemory(folder, demand);
  if (memory.exportId === undefined) {
    const headers = { 'Idempotency-Key': memory.key };
    const { exportId } = await ask(auditor, { method: 'POST', path: '/exports', headers, body: demand });
    memory = remember(folder, { ...memory, exportId });
  }
  const exportId = memory.exportId ?? '';
  const { files } = await awaitDone(auditor, exportId, speaking.progress);
  for (const file of files) {
    const onBytes = (bytes: number): void =>
      speaking.progress?.(`${file.name}: ${bytes} of ${file.bytes} bytes`);
    await download({ auditor, exportId, file, folder, onBytes });
  }
  speaking.show(`export ${exportId} is in ${folder}; to verify it again, offline: npx lgsp verify ${folder}`);
  return explainFolder(folder, logKey, { deep: deep === true, witnesses: findWitnesses(options) }, speaking);
}
