// The configuration of the axis: defaults, and all mistakes in one message without a value.
import assert from 'node:assert/strict';
import { parseDocumentAxisSettings } from '../../../adapters/document-axis/index.ts';

const least = { url: 'http://127.0.0.1:1/XrdAdapter/adapter/', systemId: '00.99.W00', secret: 'test-secret' };

describe('axis settings', () => {
  it('adapter 9.17: the face is configuration; what is not stated has its default', () => {
    const settings = parseDocumentAxisSettings(least);
    assert.equal(settings.face, 'xrd');
    assert.equal(settings.url, 'http://127.0.0.1:1/XrdAdapter/adapter');
    assert.deepEqual(
      [settings.hashFile, settings.signKeyNames, settings.hopCode],
      ['unpadded', 'plain', undefined],
    );
    assert.equal(parseDocumentAxisSettings({ ...least, face: 'rest' }).face, 'rest');
  });

  it('gives all mistakes in one message, and never a value', () => {
    const wrong = { url: 'ftp://x', face: 'soap', secret: 'bí mật', connections: 11, hop: 'H99' };
    assert.throws(
      () => parseDocumentAxisSettings(wrong),
      (error: Error) => {
        for (const name of ['url', 'face', 'systemId', 'secret', 'connections', 'hop'])
          assert.match(error.message, new RegExp(`document-axis\\.${name} `));
        assert.doesNotMatch(error.message, /bí mật|ftp|soap/);
        return true;
      },
    );
  });
});
