// Forms that the settings of both variants share.
import type { Reader } from '../reader.ts';

/** Bounds of every call. */
export interface WireLimits {
  /** PEM of the authorities to trust; default those of the platform. */
  readonly ca: string | undefined;
  /** For making a connection, TLS included. */
  readonly connectMs: number;
  /** For one whole call, waiting for a connection included. */
  readonly callMs: number;
  /** Of an answer in JSON. */
  readonly answerBytes: number;
  readonly connections: number;
}

/** An address that is called. */
export const address = /^https?:\/\/[^\s@#?]+$/;
/** An address that a payer's browser is sent to. */
export const webAddress = /^https?:\/\/[\x21-\x7e]+$/;
/** Also with spaces inside: what a secret may be. */
export const secretForm = /^[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?$/;
/** A code in a message. */
export const word = /^[A-Za-z0-9_.-]{1,60}$/;
/** Bytes. */
export const mebibyte = 1_048_576;

/** A list that holds nothing but these, each once. */
export function parseFields<const T extends string>(
  reader: Reader,
  name: string,
  known: readonly T[],
  otherwise: readonly NoInfer<T>[],
  mistakes: string[],
): readonly T[] {
  const given = reader.texts(name, otherwise);
  const fields = given.flatMap((text) => known.find((field) => field === text) ?? []);
  if (fields.length !== given.length || new Set(fields).size !== fields.length)
    mistakes.push(`payment-platform.${name} names each of ${known.join(', ')} once at most`);
  return fields;
}
