// What JSON.parse passes over in silence.

/**
 * Whether an object of a JSON text, at any depth, has the same member twice: one reader takes the first, another the last.
 * @param text must have been parsed: only JSON is read rightly. Source: RFC 8259 §4.
 */
export function hasRepeatedMember(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, quoted, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*(:)?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (quoted !== undefined && colon !== undefined) {
      const name: unknown = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
      const names = open.at(-1);
      if (typeof name !== 'string' || names === undefined || names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
