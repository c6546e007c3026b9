// Loading oidc-provider: silent about Node 20, and about nothing else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rootFolder } from '../../src/root.ts';

describe('loading oidc-provider', () => {
  it('prints nothing, and gives the console back', () => {
    const file = pathToFileURL(join(rootFolder, 'src/signin/oidc-provider.ts')).href;
    const script = `
      const { warn } = console;
      const { loadOidcProvider } = await import('${file}');
      const loading = loadOidcProvider();
      console.warn('of another');
      await loading;
      if (console.warn !== warn) throw new Error('console.warn was kept');`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', `${script}\nconsole.warn('after');`];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: rootFolder, encoding: 'utf8' });
    assert.equal(stdout, '');
    assert.equal(stderr, 'of another\nafter\n');
  }).timeout(20_000);
});
