// The portal's mock and adapters to it, for the tests of the adapter.
import { randomUUID } from 'node:crypto';
import {
  createPortalAdapter,
  type Portal,
  type PortalCall,
  type PortalDossier,
  type PortalProgressLine,
  type PortalPush,
  parsePortalSettings,
} from '../../../adapters/portal/index.ts';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import { account, control, dstcode, nextCode, openPortal } from '../../mocks/portal/client.ts';

export { nextCode } from '../../mocks/portal/client.ts';

type Json = Readonly<Record<string, unknown>>;

/** A running mock with an adapter. */
export interface Bench {
  readonly portal: Portal;
  /** Another adapter, with settings over those of the bench. */
  open(more: Json): Portal;
  setFault(...faults: readonly Json[]): Promise<unknown>;
  /** How many times each service was called with each code, in order, since `mark`. */
  calls(): Promise<readonly string[]>;
  mark(): Promise<void>;
  held(code: string): Promise<Json>;
  changeCatalogue(change: Json): Promise<unknown>;
  close(): Promise<void>;
}

/** What the settings of every adapter to this mock have. */
function toSettings(mock: Awaited<ReturnType<typeof openPortal>>['mock']): Json {
  const { authUrl, integrationUrl, shareUrl, createUrl, updateUrl, progressUrl } = mock;
  const urls = { authUrl, integrationUrl, shareUrl, createUrl, updateUrl, progressUrl };
  return { generation: 'A', ...urls, ...account, dstcode, madonvi: 'H99', timeoutMs: 300 };
}

/** Starts a mock on a free port and opens an adapter to it. */
export async function openBench(config: Partial<PortalMockConfig> = {}, settings: Json = {}): Promise<Bench> {
  const { mock, close, setFault, held } = await openPortal({ procedures: 40, ...config });
  const opened: Portal[] = [];
  const open = (more: Json): Portal => {
    const portal = createPortalAdapter(parsePortalSettings({ ...toSettings(mock), ...settings, ...more }));
    opened.push(portal);
    return portal;
  };
  const lines = async (): Promise<readonly Json[]> => {
    const { entries } = await control(mock.journalUrl);
    return Array.isArray(entries) ? entries : [];
  };
  let seen = 0;
  return {
    portal: open({}),
    ...{ open, setFault, held },
    mark: async () => {
      seen = (await lines()).length;
    },
    calls: async () =>
      (await lines())
        .slice(seen)
        .map(({ service, code, fault }) => `${service} ${code ?? fault ?? ''}`.trim()),
    changeCatalogue: (change) => control(mock.catalogueUrl, 'PUT', change),
    async close() {
      await Promise.all(opened.map((portal) => portal.close()));
      await close();
    },
  };
}

/** A call on behalf of a unit. */
export const toCall = (more: Partial<PortalCall> = {}): PortalCall => ({
  requestCode: randomUUID(),
  unitCode: 'H99.10',
  signal: AbortSignal.timeout(10_000),
  ...more,
});

/** A dossier with all that is required. */
export const toDossier = (more: PortalDossier = {}): PortalDossier => ({
  procedure: { code: '1.900002', name: 'Thủ tục thử nghiệm' },
  owner: { name: 'Nguyễn Văn Thử', kind: 'citizen' },
  receivedAt: '2025-11-23T08:00:00+07:00',
  status: 2,
  ...more,
});

/** A record of a new dossier. */
export const toPush = (more: Partial<PortalPush> = {}): PortalPush => ({
  code: nextCode(),
  dossier: toDossier(),
  isAtPortal: false,
  ...more,
});

/** A progress line with all that is required. */
export const toLine = (more: PortalProgressLine = {}): PortalProgressLine => ({
  officer: 'Cán Bộ Thử',
  at: '2025-11-23T09:30:00+07:00',
  content: 'Tiếp nhận hồ sơ',
  status: 2,
  ...more,
});

/** Pushes one record that the portal must take. */
export async function pushOne(bench: Bench, more: Partial<PortalPush> = {}): Promise<PortalPush> {
  const push = toPush(more);
  const { value } = await bench.portal.push([push], toCall());
  if (value[0]?.kind !== 'done') throw new Error(`not taken: ${JSON.stringify(value)}`);
  return push;
}
