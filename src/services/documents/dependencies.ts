// What the service of documents is made of; each part takes what it needs of it.
import type { ClientBase, Pool } from 'pg';
import type { BlobStore } from '../../blobs/types.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import type { WebhookNotices } from '../../delivery/webhook/notices.ts';
import type { Keys } from '../../keys.ts';
import type { Registry } from '../../registry/types.ts';
import type { Directory } from './directory/types.ts';
import type { DocumentRules } from './rules.ts';
import type { ScanAlong } from './scan/along.ts';
import type { Uploads } from './uploads/types.ts';

/** The rooms that documents stand on. */
export interface DocumentRooms {
  /** The database in the hub's own role. */
  readonly pool: Pool;
  readonly keys: Pick<Keys, 'field'>;
  readonly registry: Registry;
  readonly engine: DeliveryEngine;
  /** Notices to the webhooks of those who receive something. */
  readonly notices: Pick<WebhookNotices, 'draft'>;
  readonly blobs: BlobStore;
  readonly directory: Directory;
  readonly rules: DocumentRules;
  readonly uploads: Uploads;
  /** Whether this hub is connected to the national axis. */
  readonly hasAxis: boolean;
  /**
   * In the transaction that accepts a message, before its deliveries are.
   * @returns whether they must be accepted as held until its attachments are scanned
   */
  readonly demandScan: (client: ClientBase, messageId: string, attachments: number) => Promise<boolean>;
  /** Scans what is being sent while it comes in; undefined: there is no scanner. */
  readonly scanAlong: () => ScanAlong | undefined;
  /** Told after a commit that may have put something into the mailboxes of these units. */
  readonly onArrival: (unitIds: readonly string[]) => void;
  readonly now: () => Date;
}
