// The offline verifier of exports, its outer part: what the manifest says, who signed it, and whether what the stretches were
// found to be makes the whole tree. Pure: no network, no database, no file.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts';
import { type ExportedFile, type Manifest, toSignatureText } from './export-format.ts';
import { parseManifest } from './manifest.ts';
import { openNote, parseVerifierKey } from './note.ts';
import { createSubtrees, rootOfSubtrees } from './subtrees.ts';
import { checkWitnesses } from './verify.ts';
import type { VerifiedStretch } from './verify-cover.ts';

/** An export whose manifest was read and is signed. */
export interface SignedExport {
  readonly manifest: Manifest;
  readonly checkpoint: Checkpoint;
  /** Sentences of what holds so far. */
  readonly checked: readonly string[];
}

/**
 * Reads manifest and checkpoint.
 * @param signature the note of `manifest.note`
 * @param verifierKey of the log, obtained from elsewhere than the export
 * @throws Error that says what does not fit
 */
export function openManifest(text: string, signature: string, verifierKey: string): SignedExport {
  const key = parseVerifierKey(verifierKey);
  const manifest = parseManifest(text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  if (openNote(signature, key) !== toSignatureText(manifest.exchange, sha256))
    throw new Error('manifest.note signs another manifest');
  const checkpoint = parseCheckpointText(openNote(manifest.checkpoint, key));
  if (checkpoint.origin !== key.name)
    throw new Error(`the checkpoint is of another log: ${checkpoint.origin}`);
  const checked = [
    `the manifest is the one that ${key.name} signed: export ${manifest.exchange}, file ${manifest.fileNumber}`,
    `the checkpoint is signed by ${key.name}: ${checkpoint.size} leaves`,
  ];
  return { manifest, checkpoint, checked };
}

/** What was found of an export. */
export interface ExportVerdict {
  readonly checked: readonly string[];
  /** Sentences of what cannot be seen from it, or was not looked at. */
  readonly notChecked: readonly string[];
}

function addUp(stretches: readonly VerifiedStretch[]) {
  const tree = createSubtrees(0);
  const counts = { shown: 0, covered: 0, sealed: 0, withheld: 0, gone: 0 };
  for (const stretch of stretches) {
    for (const subtree of stretch.subtrees) tree.add(subtree);
    counts.shown += stretch.counts.shown;
    counts.covered += stretch.counts.covered;
    counts.sealed += stretch.counts.sealed;
    counts.withheld += stretch.counts.withheld;
    counts.gone += stretch.counts.gone;
  }
  return { counts, size: tree.next, root: rootOfSubtrees(tree.list()) };
}

/** Sentences of what explains sealed parts that are gone. @throws Error when some are missing without a word */
function explainGone({ purges }: Manifest, stretches: readonly VerifiedStretch[]): string[] {
  const seen = new Set(stretches.flatMap((stretch) => stretch.purges));
  const unseen = purges.find(({ entry }) => !seen.has(entry));
  if (unseen) throw new Error(`entry ${unseen.entry}, which is to say what was purged, is not shown`);
  const missing = stretches.find((stretch) => stretch.missing !== undefined)?.missing;
  if (missing !== undefined)
    throw new Error(`the sealed part of leaf ${missing} is missing: no shown entry says that it was purged`);
  return purges.flatMap(({ entry, class: name }, at) => {
    const gone = stretches.reduce((sum, { explained }) => sum + (explained[at] ?? 0), 0);
    return gone === 0 ? [] : [`${gone} sealed parts are gone: purged by entry ${entry} (class ${name})`];
  });
}

/** A kept head of the same log. @throws Error when the key did not sign it, or it is of another log */
export function openKeptHead(note: string, logKey: string): Checkpoint {
  const key = parseVerifierKey(logKey);
  const head = parseCheckpointText(openNote(note, key));
  if (head.origin !== key.name) throw new Error(`the kept head is of another log: ${head.origin}`);
  return head;
}

/** Sentences of what holds between the export and heads that were kept. @throws Error when its tree does not begin with one */
function compareHeads(stretches: readonly VerifiedStretch[], heads: readonly Checkpoint[]): string[] {
  return heads.map(({ size, root }) => {
    const tree = createSubtrees(0);
    const at = stretches.findIndex(({ from, to }) => from < size && size <= to);
    const edge = stretches[at]?.edges.find((one) => one.size === size);
    if (!edge && size > 0) throw new Error(`it ends before the ${size} leaves of the kept head`);
    for (const { subtrees } of [...stretches.slice(0, Math.max(at, 0)), ...(edge ? [edge] : [])])
      for (const subtree of subtrees) tree.add(subtree);
    if (!rootOfSubtrees(tree.list()).equals(root))
      throw new Error(
        `its first ${size} leaves are not those of the kept head: the log was rewritten or forked`,
      );
    return `its first ${size} leaves are those of the kept head`;
  });
}

/** @param witnesses of those whose keys are known, who signed the checkpoint */
function toNotChecked({ manifest }: SignedExport, deep: boolean, witnesses: number): string[] {
  const { counts, checkpoint, unit } = manifest;
  const others = checkpoint.split('\n').filter((line) => line.startsWith('— ')).length - 1 - witnesses;
  return [
    ...(counts.covered > 0
      ? [
          `${counts.covered} leaves are covered by hashes: that none of them belonged to what was asked for is what the hub says, and cannot be seen from a hash`,
        ]
      : []),
    ...(unit === null ? [] : [`it is limited to what unit ${unit} may see`]),
    ...(counts.withheld > 0 ? [`${counts.withheld} sealed parts are withheld and were not checked`] : []),
    ...(counts.gone > 0 ? ['sealed parts that are gone cannot be checked any more'] : []),
    ...(others > 0 ? [`${others} further signatures of the checkpoint were not checked`] : []),
    ...(others <= 0 && witnesses === 0
      ? ['no witness has signed the checkpoint: that it was shown to others is not proved']
      : []),
    'what happened after the checkpoint is not part of it',
    ...(deep ? [] : ['the entries were hashed, not read one by one (--deep reads them)']),
  ];
}

/**
 * Puts together what was found.
 * @param stretches in the order of the tree
 * @param heads that were kept, signed by the log
 * @param files as they were read, in the manifest's order
 * @param witnesses verifier keys
 * @throws Error that says what does not fit
 */
export function verifyExport(
  signed: SignedExport,
  stretches: readonly VerifiedStretch[],
  files: readonly ExportedFile[],
  deep: boolean,
  heads: readonly Checkpoint[] = [],
  witnesses: readonly string[] = [],
): ExportVerdict {
  const { manifest, checkpoint } = signed;
  const { counts, size, root } = addUp(stretches);
  if (size !== checkpoint.size)
    throw new Error(`it holds ${size} leaves, the checkpoint ${checkpoint.size}: it was cut or added to`);
  if (!root.equals(checkpoint.root))
    throw new Error('its leaves and hashes do not make the root of the checkpoint: something was altered');
  if (!isDeepStrictEqual(counts, manifest.counts))
    throw new Error('the counts are not those of the manifest');
  const kept = compareHeads(stretches, heads);
  const purged = explainGone(manifest, stretches);
  const altered = manifest.files.find((file, at) => !isDeepStrictEqual(file, files[at]));
  if (altered) throw new Error(`${altered.name} is not the file that the manifest names`);
  const seen: string[] = [];
  const signedBy = checkWitnesses(manifest.checkpoint, witnesses, seen).filter(({ at }) => at);
  return {
    checked: [
      ...signed.checked,
      ...seen.map((line) => `the checkpoint is ${line}`),
      `${counts.shown} leaves are shown and ${counts.covered} covered by hashes; together they make the root of the checkpoint`,
      ...(counts.covered === 0 ? ['nothing is left out: it is the whole log up to the checkpoint'] : []),
      `${counts.sealed} sealed parts are those that their leaves sealed`,
      ...kept,
      ...purged,
      'the files are those that the manifest names, by SHA-256',
      ...(deep ? ['every entry and sealed part is canonical JSON of its kind'] : []),
    ],
    notChecked: toNotChecked(signed, deep, signedBy.length),
  };
}
