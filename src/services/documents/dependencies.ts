// What the service of documents is made of; each part takes what it needs of it.
import type { Pool } from 'pg';
import type { BlobStore } from '../../blobs/types.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import type { Keys } from '../../keys.ts';
import type { Registry } from '../../registry/types.ts';
import type { Directory } from './directory/types.ts';
import type { DocumentRules } from './rules.ts';

/** The rooms that documents stand on. */
export interface DocumentRooms {
  /** The database in the hub's own role. */
  readonly pool: Pool;
  readonly keys: Pick<Keys, 'field'>;
  readonly registry: Registry;
  readonly engine: DeliveryEngine;
  readonly blobs: BlobStore;
  readonly directory: Directory;
  readonly rules: DocumentRules;
  readonly now: () => Date;
}
