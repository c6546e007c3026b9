// A hub's log with its witness and its public answers over loopback, in whatever state it is.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type pg from 'pg';
import type { KnownPlaces } from '../../src/evidence/anchor/obstacles.ts';
import { createEvidenceReader, type EvidenceReader } from '../../src/evidence/read.ts';
import { proveLeaf } from '../../src/log-proof.ts';
import { toProblem, toProblemReply } from '../../src/problem.ts';
import { startWitness } from '../../src/witness/server.ts';
import { openOwner } from '../evidence/retention-support.ts';
import { logKey, origin } from '../evidence/support.ts';
import type { FreshDatabase } from '../support/database.ts';
import { witnessName } from '../witness/support.ts';
import type { Kept } from './ground.ts';

/** Where everything lies. */
export interface ScenePlaces {
  readonly database: FreshDatabase;
  readonly witnessFolder: string;
  /** For exports. */
  readonly folder: string;
  readonly kept: Kept;
}

/** What is attacked, and what is kept of it outside. */
export interface Scene extends ScenePlaces {
  /** The database as its owner: what the attacker writes with, and the hub reads with. */
  readonly owner: pg.Pool;
  readonly reader: EvidenceReader;
  readonly places: KnownPlaces;
  /** Answers `/log/proof` as a hub does. */
  readonly hubUrl: string;
  readonly witnessUrl: string;
  close(): Promise<void>;
}

function serveProofs(reader: EvidenceReader) {
  return createServer((request, response) => {
    const leaf = new URL(request.url ?? '', 'http://hub.test').searchParams.get('leaf');
    proveLeaf(reader, leaf).then(
      (proof) => response.end(JSON.stringify(proof)),
      (error: unknown) => {
        const { status, headers, body } = toProblemReply(toProblem(error), { baseUrl: 'http://hub.test' });
        response.writeHead(status, headers).end(JSON.stringify(body));
      },
    );
  });
}

/** Opens it; the witness runs as a server of its own. */
export async function openScene(given: ScenePlaces): Promise<Scene> {
  const { database, witnessFolder, kept } = given;
  const owner = openOwner(database);
  const reader = createEvidenceReader(owner);
  const witness = await startWitness(witnessFolder, (error) => {
    throw error;
  });
  const server = serveProofs(reader).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const witnesses = [{ name: witnessName, url: witness.url, key: kept.witnessKey }];
  return {
    ...given,
    ...{ owner, reader, hubUrl: `http://127.0.0.1:${port}`, witnessUrl: witness.url },
    places: { pool: owner, owner, anchorFile: kept.anchorFile, witnesses, origin, key: logKey },
    async close() {
      server.closeAllConnections();
      server.close();
      await witness.stop();
      await owner.end();
    },
  };
}
