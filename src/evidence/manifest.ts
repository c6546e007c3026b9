// Reads the manifest of an export: exactly the members that it has, and nothing else. Pure.
import { toCanonical } from './canonical.ts';
import { exportFiles, type Manifest } from './export-format.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isTextOrNull: Check = (value) => value === null || isText(value);
const isTexts: Check = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);

const has =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === Object.keys(members).length &&
    Object.entries(members).every(([name, check]) => check(new Map(Object.entries(value)).get(name)));
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const contentFiles: readonly unknown[] = [exportFiles.ndjson, exportFiles.csv];
const isFile = has({
  name: isText,
  bytes: isCount,
  sha256: (value) => /^[0-9a-f]{64}$/u.test(String(value)),
});
const isShape = has({
  format: (value) => value === 'lgsp-export/1',
  exchange: isText,
  requestedAt: isText,
  madeAt: isText,
  officer: isTextOrNull,
  reason: isText,
  fileNumber: isText,
  unit: isTextOrNull,
  filters: isTexts,
  counts: has({ shown: isCount, covered: isCount, sealed: isCount, withheld: isCount, gone: isCount }),
  purges: listOf(has({ entry: isCount, class: isText, leaves: isText })),
  files: listOf(isFile),
  checkpoint: isText,
});

const isManifest = (value: unknown): value is Manifest => isShape(value);

/** The text of a manifest: canonical JSON and a newline. */
export const toManifestText = (manifest: Manifest): string => `${toCanonical(manifest)}\n`;

/** Reads a manifest. @throws Error when it is not one, or not spelt as `toManifestText` spells it */
export function parseManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text);
  if (!isManifest(value)) throw new Error('manifest.json does not have the members of a manifest');
  if (toManifestText(value) !== text) throw new Error('manifest.json is not spelt as it was made');
  const [content, proof, ...more] = value.files;
  if (!contentFiles.includes(content?.name) || proof?.name !== exportFiles.proof || more.length > 0)
    throw new Error('manifest.json does not name the content and the proof');
  return value;
}
