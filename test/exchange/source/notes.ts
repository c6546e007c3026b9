// A hub with small services that national systems call, each known in another way; what they do is told by the note.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { SourceError } from '../../../adapters/adapter.ts';
import { readConfig } from '../../../src/config.ts';
import { type Contract, loadContract } from '../../../src/contracts/contract.ts';
import { startHub } from '../../../src/hub.ts';
import { rootFolder } from '../../../src/root.ts';
import { answeringOnly, publish } from '../../../src/services/index.ts';
import type { Caller, RequestOf } from '../../../src/services/service.ts';
import { askFrom } from '../../support/ask-from.ts';
import { createClient, freePort, layGround } from '../../support/sandbox-hub.ts';

const template = readFileSync(join(rootFolder, 'test', 'exchange', 'source', 'template.yaml'), 'utf8');

/** The contract of `<name>.v1`, after a change of its text. */
export function loadNotes(name: string, change: readonly [string, string] = ['', '']): Contract {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-notes-'));
  try {
    const text = template.replace('SERVICE', name).replace(...change);
    writeFileSync(join(folder, `${name}.v1.yaml`), text);
    return loadContract(`${name}.v1`, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface ReceiveNote {
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly note?: string } } };
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': { readonly taken: boolean } } };
  };
}

/** What the services do, and who called them. */
function createHandler() {
  const callers: Caller[] = [];
  let release = (): void => undefined;
  return {
    callers,
    release: () => release(),
    async handle({ caller, body }: RequestOf<ReceiveNote>) {
      callers.push(caller);
      if (body.note === 'fail') throw new SourceError('unreachable', 'notes', 'for a test');
      if (body.note === 'wait')
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      return { status: 200, body: { taken: true } };
    },
  };
}

/** What a call of a test says. */
export interface Note {
  readonly from?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly note?: string;
}

/**
 * The service `<name>.v1` belongs to the source `<name>-source`.
 * @param known settings of callers by the names of their services; undefined: there are none
 */
export async function startNotes(
  known: Readonly<Record<string, object | undefined>>,
  environment: Readonly<Record<string, string>>,
) {
  const ground = await layGround('source-scheme');
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
  const names = Object.keys(known);
  for (const name of names)
    await owner.query("insert into service (id, state) values ($1, 'active')", [`${name}.v1`]);
  const config = readConfig({ ...ground.environment(await freePort()), ...environment });
  const handler = createHandler();
  const settings = Object.entries(known).flatMap(([name, one]) => (one ? [[`${name}-source`, one]] : []));
  const hub = await startHub(
    { ...config, settings: { ...config.settings, callers: Object.fromEntries(settings) } },
    ground.database,
    () =>
      answeringOnly(
        names.map((name) =>
          publish<{ receiveNote: ReceiveNote }>(loadNotes(name), `${name}-source`, { receiveNote: handler }),
        ),
      ),
  );
  let running = true;
  const stopHub = async (): Promise<void> => {
    if (running) await hub.stop();
    running = false;
  };
  return {
    owner,
    callers: handler.callers,
    url: hub.url,
    client: createClient(hub.url, ground.province),
    release: handler.release,
    async send(name: string, { from = '127.0.0.1', headers = {}, note = 'mau' }: Note = {}) {
      const {
        status,
        headers: said,
        text,
      } = await askFrom(from, `${hub.url}/${name}/v1/notes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ note }),
      });
      return {
        status,
        headers: said,
        exchangeId: said.get('exchange-id') ?? '',
        body: JSON.parse(text),
      };
    },
    async entries(where: string, value: string) {
      const { rows } = await owner.query<{ kind: string; text: string; sealed: string }>(
        `select kind, e.text, p.text as sealed from entry e join entry_private p on p.exchange_id = e.exchange_id and p.entry_id = e.id
          where e.${where} = $1 order by e.id`,
        [value],
      );
      return rows.map(({ kind, text, sealed }) => ({
        kind,
        leaf: JSON.parse(text),
        sealed: JSON.parse(sealed),
      }));
    },
    stopHub,
    async stop() {
      await stopHub();
      await owner.end();
      await ground.close();
    },
  };
}
