// DER, written and, as far as a question needs it, read. The authority's own: nothing of the hub's. Source: ITU-T X.690.

/** A value of that tag. */
export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export const sequence = (...items: readonly Buffer[]): Buffer => der(0x30, ...items);
export const octets = (bytes: Buffer): Buffer => der(0x04, bytes);
export const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
/** A whole number of one byte, below 128. */
export const small = (value: number): Buffer => der(0x02, Buffer.of(value));
/** Members in the order of their encodings, as DER wants a set. */
export const set = (...items: readonly Buffer[]): Buffer => der(0x31, ...items.toSorted(Buffer.compare));

/** GeneralizedTime of whole seconds. */
export function toTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return der(0x18, Buffer.from(digits));
}

/** One value that was read: its tag, its content, and the whole of it. */
export interface Value {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** The values one after the other. @throws Error when the lengths do not fit */
export function readValues(bytes: Buffer): readonly Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at + 1] ?? 0xff;
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (lengthBytes > 2 || at + 2 + lengthBytes > bytes.length) throw new Error('no DER');
    const size = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + size > bytes.length) throw new Error('no DER');
    const whole = bytes.subarray(at, start + size);
    values.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, start + size), whole });
    at = start + size;
  }
  return values;
}
