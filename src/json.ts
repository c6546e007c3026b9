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

/**
 * Whether an object of a JSON text, at any depth, has the same member twice: one reader takes the first, another the
 * last. Every member that was written has a colon; what was written twice is one member of the value.
 * @param text must have been parsed: only JSON is read rightly. Source: RFC 8259 §4.
 * @param value what JSON.parse made of it, unchanged
 */
export const hasRepeatedMember = (text: string, value: unknown = JSON.parse(text)): boolean =>
  countColons(text) !== countMembers(value);
