// What the service of the portal is made of; each part takes what it needs of it.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Portal } from '../../../adapters/portal/portal.ts';
import type { components } from '../../../openapi/types/portal.v1.ts';
import type { BlobStore } from '../../blobs/types.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import type { WebhookNotices } from '../../delivery/webhook/notices.ts';
import type { EvidenceLog } from '../../evidence/types.ts';
import type { Keys } from '../../keys.ts';
import type { Registry } from '../../registry/types.ts';
import type { PortalRules } from './rules.ts';

/** Of a procedure code, as the newest version of the catalogue has it. */
export interface KnownProcedure {
  readonly name: string;
  /** Version that first lacked it; undefined: in force. */
  readonly withdrawnIn: number | undefined;
}

/** The catalogue as the other parts ask it. */
export interface CatalogueView {
  mark(): Promise<components['schemas']['CatalogueMark']>;
  /** Codes that it does not have are left out. */
  findProcedures(codes: readonly string[]): Promise<ReadonlyMap<string, KnownProcedure>>;
}

/** The rooms that the portal's parts stand on. */
export interface PortalRooms {
  /** The database in the hub's own role. */
  readonly pool: Pool;
  /** The role that alone may delete what is kept no longer. */
  readonly retentionPool: Pool;
  readonly keys: Pick<Keys, 'field'>;
  readonly registry: Registry;
  readonly engine: DeliveryEngine;
  /** Of what the hub asks the portal by itself. */
  readonly log: Pick<EvidenceLog, 'open' | 'close'>;
  /** Notices to the webhooks of those who receive something. */
  readonly notices: Pick<WebhookNotices, 'draft'>;
  readonly blobs: BlobStore;
  readonly rules: PortalRules;
  /** Undefined: this hub is not connected to the portal; what is submitted waits. */
  readonly portal: Portal | undefined;
  readonly catalogue: CatalogueView;
  readonly processId: string;
  readonly logger: Logger;
  readonly now: () => Date;
}
