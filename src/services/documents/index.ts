// The service of documents: its rooms put together, its handlers, its ways out and what it does by itself.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { DocumentAxis } from '../../../adapters/document-axis/index.ts';
import type { ScannerSettings } from '../../../adapters/virus-scanner/index.ts';
import type { operations } from '../../../openapi/types/documents.v1.ts';
import type { BlobStore } from '../../blobs/types.ts';
import type { Environment } from '../../config.ts';
import { createArrivals } from '../../delivery/arrivals.ts';
import type { DeliveryEngine, Route } from '../../delivery/types.ts';
import type { WebhookNotices } from '../../delivery/webhook/notices.ts';
import type { EvidenceLog } from '../../evidence/types.ts';
import type { Keys } from '../../keys.ts';
import type { Registry } from '../../registry/types.ts';
import type { DailyWork } from '../../schedule/daily-work.ts';
import type { Handlers } from '../service.ts';
import { createAgencies } from './agencies.ts';
import { createKept } from './axis/kept.ts';
import { type AxisPoller, startAxisPoller } from './axis/poller.ts';
import { recorded } from './axis/recorded.ts';
import { createAxisRoute } from './axis/route.ts';
import type { DocumentRooms } from './dependencies.ts';
import { createDirectory } from './directory/directory.ts';
import { createAgencySync } from './directory/sync.ts';
import { listInbox } from './inbox/list.ts';
import { createReading } from './reading/index.ts';
import { openAttachments } from './reading/open-message.ts';
import { createDocumentRetention } from './retention.ts';
import type { DocumentRules } from './rules.ts';
import { startScanning } from './scan/index.ts';
import { tellSender } from './scan/tell-sender.ts';
import { createSending } from './send/index.ts';
import { createStatuses } from './statuses/index.ts';
import { createTimeline } from './statuses/timeline.ts';
import { createUploading } from './uploads/handlers.ts';
import { createBlobWork, createUploads } from './uploads/index.ts';

/** What the service stands on. */
export interface DocumentsOptions {
  /** The database in the hub's own role. */
  readonly pool: Pool;
  /** The role that alone may delete what is kept no longer. */
  readonly retentionPool: Pool;
  readonly keys: Pick<Keys, 'field' | 'blob' | 'earlierBlobs'>;
  readonly registry: Registry;
  readonly engine: DeliveryEngine;
  readonly log: Pick<EvidenceLog, 'open' | 'close'>;
  readonly notices: Pick<WebhookNotices, 'draft'>;
  readonly blobs: BlobStore;
  /** `BLOB_DIR` */
  readonly blobFolder: string;
  readonly rules: DocumentRules;
  /** Undefined: this hub is not connected to the national axis. */
  readonly axis: DocumentAxis | undefined;
  /** Undefined: attachments are passed on unscanned. */
  readonly scanner: ScannerSettings | undefined;
  readonly environment: Environment;
  readonly processId: string;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The service as the list of services sees it. */
export interface Documents {
  readonly handlers: Handlers<operations>;
  readonly routes: readonly Route[];
  readonly works: readonly DailyWork[];
  /** Begins what it does by itself. */
  start(): void;
  /** Lets go those who wait for something to come: the hub stops. */
  hush(): void;
  close(): Promise<void>;
}

/** The directory is asked of the axis too: no byte goes there without an entry. */
function toRecordedSync({ pool, log }: DocumentsOptions, axis: DocumentAxis): DailyWork {
  const sync = createAgencySync(pool, axis);
  return {
    name: sync.work.name,
    run: () =>
      recorded({ log }, 'synchroniseAgencies', async (_, onTrace) => {
        await sync.run(undefined, onTrace);
        return { value: undefined, result: 'whole' };
      }),
  };
}

/** Puts the service together. */
export function createDocuments(options: DocumentsOptions): Documents {
  const { pool, keys, registry, blobs, blobFolder, axis, scanner } = options;
  const arrivals = createArrivals(pool);
  const uploads = createUploads({
    pool,
    fieldKey: keys.field,
    blobFolder,
    key: keys.blob,
    earlierKeys: keys.earlierBlobs,
  });
  const scanning = startScanning({
    ...{ ...options, settings: scanner },
    openAttachments: (messageId) => openAttachments({ pool, keys, blobs }, messageId),
    tellSender: (client, messageId) => tellSender(options, client, messageId),
  });
  const rooms: DocumentRooms = {
    ...options,
    uploads,
    directory: createDirectory({ registry, pool }),
    hasAxis: axis !== undefined,
    demandScan: scanning.demand,
    scanAlong: scanning.along,
    onArrival: arrivals.ring,
  };
  let poller: AxisPoller | undefined;
  return {
    handlers: {
      ...createSending(rooms),
      ...createReading(rooms),
      ...createAgencies(registry, pool),
      ...createUploading(uploads),
      listInbox: {
        handle: async (request) => ({
          status: 200,
          body: await listInbox({ pool, keys, arrivals }, request),
        }),
      },
      ...createStatuses(rooms),
      ...createTimeline(rooms),
      ...createKept(rooms, axis),
    },
    routes: axis ? [createAxisRoute(rooms, axis)] : [],
    works: [
      createBlobWork(uploads, blobs),
      createDocumentRetention(options.retentionPool, blobs, options.rules.keepDays, options.now),
      ...(axis ? [toRecordedSync(options, axis)] : []),
    ],
    start() {
      if (axis) poller = startAxisPoller(rooms, axis, options.processId, options.logger);
    },
    hush: arrivals.end,
    async close() {
      await poller?.stop();
      await scanning.stop();
      await axis?.close();
    },
  };
}
