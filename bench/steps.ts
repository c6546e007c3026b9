// Where the time of one call goes: a CPU profile of the hub under load, each sample given to the nearest frame that
// belongs to something with a name.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gateway } from './gateways.ts';
import type { Ground } from './ground.ts';

/** One line of the table by step. */
export interface StepShare {
  readonly step: string;
  readonly usPerRequest: number;
  readonly share: number;
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const packages = (...names: readonly string[]): RegExp =>
  new RegExp(`/node_modules/(?:.*/node_modules/)?(?:${names.join('|')})/`);

/** The first that fits a frame's file names it. */
const places: readonly (readonly [step: string, file: RegExp])[] = [
  ['1 match', /\/exchange\/match\.js$|\/contracts\/table\.js$/],
  ['2 identify', /\/exchange\/identify(-officer)?\.js$|\/src\/signin\//],
  ['3 authorise', /\/exchange\/authorise\.js$|\/src\/registry\//],
  ['4 admit', /\/exchange\/(admit|quota|places|per-source)\.js$|\/local-day\.js$/],
  ['4 admit', packages('rate-limiter-flexible')],
  ['5 check request', /\/exchange\/check-request\.js$|\/src\/json\.js$/],
  ['5, 8 contract validator', /\/src\/contracts\//],
  [
    '5, 8 contract validator',
    packages(
      'express-openapi-validator',
      'ajv',
      'ajv-formats',
      'fast-deep-equal',
      'content-type',
      'media-typer',
      'qs',
    ),
  ],
  ['6 open', /\/exchange\/(open|digest)\.js$/],
  ['6, 9 exchange log', /\/src\/evidence\/(?!sequencer|tiles|tree|note|checkpoint|canonical)/],
  ['6, 9 canonical JSON', /\/evidence\/canonical\.js$/],
  ['6, 9 canonical JSON', packages('canonicalize')],
  ['6, 9 driver of PostgreSQL', packages('pg', 'pg-protocol', 'pg-pool', 'pg-types', 'postgres-[a-z]+')],
  ['6, 9 driver of PostgreSQL', /\/src\/database\//],
  ['7 dispatch', /\/exchange\/(dispatch|breaker)\.js$/],
  ['7 dispatch', packages('opossum')],
  ['7 adapter', /\/dist\/bench\/|\/adapters\/population\/|\/src\/services\//],
  ['7 adapter', packages('xml2js', 'sax', 'xmlbuilder')],
  ['7 axios and undici', /\/adapters\/undici-axios\.js$/],
  ['7 axios and undici', packages('axios', 'undici')],
  ['8 check answer', /\/exchange\/check-answer\.js$/],
  ['9 record', /\/exchange\/record\.js$/],
  ['the path itself', /\/exchange\/|\/src\/problem/],
  ['the path itself', packages('uuid')],
  ['log line', packages('pino', 'sonic-boom', 'thread-stream', 'safe-stable-stringify')],
  ['log line', /\/operation\/logger\.js$/],
  ['sequencer', /\/src\/evidence\/(sequencer|tiles|tree|note|checkpoint)/],
  ['Express and edge', /\/src\/(app|edge|hub)\.js$/],
  [
    'Express and edge',
    packages(
      'express',
      'router',
      'finalhandler',
      'path-to-regexp',
      'parseurl',
      'koa',
      'oidc-provider',
      'koa-compose',
      '@koa',
    ),
  ],
  ['timers', /^node:(timers|internal\/timers)/],
  ['HTTP server and sockets', /^node:(_http|net|internal\/(stream|http|js_stream|net)|stream|events)/],
  ['promises and hooks', /^node:internal\/(process|async_hooks|promise)/],
];

/** Cryptography is told apart wherever it was called from. */
const isCrypto = ({ functionName, url }: Frame): boolean =>
  /^node:internal\/crypto\//.test(url) ||
  (/^(sign|verify|digest|update|Hash|hash)$/.test(functionName) && url === '');

function toStep(frames: readonly Frame[]): string {
  const [leaf] = frames;
  if (!leaf) return 'other';
  if (leaf.functionName === '(garbage collector)') return 'garbage collection';
  if (leaf.functionName === '(program)') return 'Node outside JavaScript';
  if (leaf.functionName === '(idle)') return 'idle';
  // Beginning and ending the profile itself.
  if (frames.some(({ url }) => url.endsWith('/hub-process.js'))) return 'idle';
  if (isCrypto(leaf)) return 'hashes and signatures';
  // Node's own files name a sample only where nothing of ours or of a package called them.
  const ours = places.filter(([, file]) => !file.source.startsWith('^node:'));
  for (const list of [ours, places])
    for (const { url } of frames) {
      const place = list.find(([, file]) => file.test(url));
      if (place) return place[0];
    }
  return 'other';
}

/** Gives a profile's time to steps. @param requests served while it ran */
export function toSteps(profile: Profile, requests: number): readonly StepShare[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  const stepOf = new Map<number, string>();
  const find = (id: number): string => {
    const frames: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = nodes.get(at);
      if (node) frames.push(node.callFrame);
    }
    return toStep(frames);
  };
  const sums = new Map<string, number>();
  profile.samples.forEach((id, at) => {
    const step = stepOf.get(id) ?? find(id);
    stepOf.set(id, step);
    sums.set(step, (sums.get(step) ?? 0) + (profile.timeDeltas[at] ?? 0));
  });
  sums.delete('idle');
  const total = [...sums.values()].reduce((sum, us) => sum + us, 0);
  return [...sums]
    .sort(([, one], [, other]) => other - one)
    .map(([step, us]) => ({ step, usPerRequest: us / requests, share: us / total }));
}

/** Profiles the hub while `work` runs, which tells how many requests it made. */
export async function profileSteps(
  { child }: Gateway,
  { folder }: Ground,
  work: () => Promise<number>,
): Promise<readonly StepShare[]> {
  const file = process.env['BENCH_PROFILE'] ?? join(folder, 'hub.cpuprofile');
  child.send('profile');
  await once(child, 'message');
  const requests = await work();
  child.send(file);
  await once(child, 'message');
  return toSteps(JSON.parse(readFileSync(file, 'utf8')), requests);
}
