// The secret of an account at a source at rest: sealed under a key that the database never sees, bound to the credential,
// its source, unit and account, so that none of them can be exchanged in a row. Only the adapter sees it opened.
import { openText, sealText } from './sealed-text.ts';

/** What a sealed secret belongs to. */
export interface SecretPlace {
  /** Of the credential. */
  readonly id: string;
  readonly source: string;
  /** Undefined: for the whole province. */
  readonly unitId: string | undefined;
  readonly account: string;
}

const toContext = ({ id, source, unitId = '', account }: SecretPlace): string =>
  ['source-credential', id, source, unitId, account].join('\0');

/** Encrypts a secret. @param key 32 bytes, `Keys.field` */
export const sealSecret = (key: Buffer, place: SecretPlace, secret: string): Buffer =>
  sealText(key, toContext(place), secret);

/**
 * Decrypts what `sealSecret` made for the same place.
 * @param key 32 bytes, `Keys.field`
 * @throws Error when it was sealed under another key or for another place, or was altered
 */
export const openSecret = (key: Buffer, place: SecretPlace, sealed: Buffer): string =>
  openText(
    key,
    toContext(place),
    sealed,
    `the stored secret of the source credential ${place.id} cannot be opened with this key`,
  );
