// Who may import whom, and the habits that a machine can check.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { rootFolder } from '../src/root.ts';

const listFiles = (folder: string): string[] =>
  readdirSync(join(rootFolder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .filter((entry) => !entry.parentPath.includes('/node_modules/'))
    .map((entry) => relative(rootFolder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('openapi/types/'));

const files = ['src', 'adapters', 'mocks', 'bench', 'test'].flatMap(listFiles);
const read = (file: string): string => readFileSync(join(rootFolder, file), 'utf8');

function importsOf(file: string): string[] {
  const specifiers = [
    ...read(file).matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\(?\s*'([^']+)'/gm),
  ].map((found) => found[1] ?? found[2] ?? '');
  return specifiers.map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name));
}

/** What a file imports for its types only: nothing of it is left at run time. */
const typesOf = (file: string): string[] =>
  [...read(file).matchAll(/import type [^;]*? from '([^']+)'/g)].map((found) =>
    normalize(join(dirname(file), found[1] ?? '')),
  );

const roomOf = (path: string): string =>
  /^(src\/[^/]+|adapters|mocks|openapi\/types|bench|test)(\/|$)/.exec(path)?.[1] ?? path;

/** What each room may import of ours; a file directly in src is its own room. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  mocks: ['mocks'],
  adapters: ['adapters', 'openapi/types'],
};

/** These hand the environment on to a program that they start. */
const programs = ['src/database/account.ts', 'src/database/process-table.ts'];

describe('The architecture', () => {
  for (const [room, rooms] of Object.entries(allowed))
    it(`${room} imports nothing of ours but ${rooms.join(' and ')}`, () => {
      const strays = files
        .filter((file) => roomOf(file) === room)
        .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
        .filter(
          ({ target }) =>
            /^(src|adapters|mocks|openapi|bench|test)\//.test(target) && !rooms.includes(roomOf(target)),
        );
      assert.deepEqual(strays, []);
    });

  it('src imports nothing of mocks, bench and test', () => {
    const strays = files
      .filter((file) => file.startsWith('src/'))
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => /^(mocks|bench|test)\//.test(target));
    assert.deepEqual(strays, []);
  });

  it('Express is known to the edge only', () => {
    const strays = files.filter(
      (file) => file !== 'src/app.ts' && importsOf(file).includes('express') && file.startsWith('src/'),
    );
    assert.deepEqual(strays, []);
  });

  it('the offline verifier reaches no network, no database and no package', () => {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const target of importsOf(file).filter((name) => !typesOf(file).includes(name))) {
        if (target.startsWith('src/')) visit(target);
        else
          assert.ok(
            ['node:crypto', 'node:util', 'canonicalize'].includes(target),
            `${file} imports ${target}`,
          );
      }
    };
    for (const part of ['verify', 'verify-export', 'verify-cover', 'verify-consistency', 'ticket'])
      visit(`src/evidence/${part}.ts`);
    assert.ok(seen.size > 2);
  });

  it('a witness reaches no database, no key of the hub and no package but for its commands', () => {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const target of importsOf(file).filter((name) => !typesOf(file).includes(name))) {
        if (target.startsWith('src/')) visit(target);
        else
          assert.ok(
            target.startsWith('node:') || target === 'commander' || target === 'canonicalize',
            `${file} imports ${target}`,
          );
      }
    };
    for (const file of files.filter((name) => name.startsWith('src/witness/'))) visit(file);
    for (const file of ['src/keys.ts', 'src/config.ts', 'src/database/pool.ts'])
      assert.ok(!seen.has(file), file);
  });

  it('the environment is read in the configuration and where a program begins', () => {
    const places = [
      'src/config.ts',
      'src/main.ts',
      'src/sandbox/main.ts',
      'src/prepare.mjs',
      'src/start.mjs',
      ...programs,
    ];
    const strays = files
      .filter((file) => file.startsWith('src/') && !file.startsWith('src/cli/') && !places.includes(file))
      .filter((file) => /process\.env\b/.test(read(file)));
    assert.deepEqual(
      strays,
      ['src/database/account.ts'].filter((file) => strays.includes(file)),
    );
  });

  it('no import cycle', () => {
    const state = new Map<string, 'open' | 'done'>();
    const walk = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === 'done' || !files.includes(file)) return;
      assert.notEqual(state.get(file), 'open', `cycle: ${[...trail, file].join(' → ')}`);
      state.set(file, 'open');
      for (const target of importsOf(file))
        if (!typesOf(file).includes(target)) walk(target, [...trail, file]);
      state.set(file, 'done');
    };
    for (const file of files) walk(file, []);
  });

  it('files open with what they are for, and stay under 300 lines', () => {
    for (const file of files) {
      assert.match(read(file).replace(/^#!.*\n/, ''), /^\/\/ /, `${file} does not say what it is for`);
      assert.ok(read(file).split('\n').length <= 300, `${file} is longer than 300 lines`);
    }
  });

  it('names say what a thing is, and nothing escapes the types', () => {
    for (const file of files.filter((name) => /^(src|adapters|mocks|bench)\//.test(name))) {
      assert.doesNotMatch(file, /(^|[/-])(manager|helper|util|common|base|impl)s?[./-]/i);
      assert.doesNotMatch(read(file), /\bany\b\s*[;,)>=]|@ts-|export default|\bTODO\b|\bFIXME\b/, file);
    }
  });
});
