// What JSON.parse passes over in silence.

/** Colons of a JSON text that stand between a name and its value. */
function countColons(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x3a) count += 1;
    else if (char === 0x22) {
      // To the end of the string: a quote behind an even number of backslashes.
      for (;;) {
        at = text.indexOf('"', at + 1);
        let first = at;
        while (text.charCodeAt(first - 1) === 0x5c) first -= 1;
        if ((at - first) % 2 === 0) break;
      }
    }
  }
  return count;
}

/** Members of all objects in a value, however deep it is. */
function countMembers(value: unknown): number {
  let count = 0;
  const left = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const inside = Object.values(next);
    if (!Array.isArray(next)) count += inside.length;
    for (const member of inside) if (typeof member === 'object' && member !== null) left.push(member);
  }
  return count;
}

/** Whether a text in a value, a name of a member too, holds half of a surrogate pair. */
function hasLoneSurrogate(value: unknown): boolean {
  const left = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'string' && /\p{Cs}/u.test(next)) return true;
    if (typeof next !== 'object' || next === null) continue;
    // A list's names are its places. Null ends no walk: it is passed over above.
    for (const [name, member] of Object.entries(next)) left.push(name, member);
  }
  return false;
}

/**
 * Whether a JSON text holds half of a surrogate pair, which no UTF-8 can: it would be kept as another character than was
 * sent. Only an escape can bring one in. Source: RFC 8259 §8.2.
 * @param text decoded from UTF-8
 * @param value what JSON.parse made of it, unchanged
 */
export const hasHalfCharacter = (text: string, value: unknown = JSON.parse(text)): boolean =>
  /\\u[dD][89a-fA-F]/.test(text) && hasLoneSurrogate(value);

/**
 * Whether an object of a JSON text, at any depth, has the same member twice: one reader takes the first, another the
 * last. Every member that was written has a colon; what was written twice is one member of the value.
 * @param text must have been parsed: only JSON is read rightly. Source: RFC 8259 §4.
 * @param value what JSON.parse made of it, unchanged
 */
export const hasRepeatedMember = (text: string, value: unknown = JSON.parse(text)): boolean =>
  countColons(text) !== countMembers(value);
