// Compares unit codes with the patterns of the configuration. Codes are opaque texts here: no form is looked into.

/** Whether a code is the pattern; one `*` at the beginning or the end of the pattern stands for anything. */
export function isMatch(pattern: string, code: string): boolean {
  if (pattern.endsWith('*')) return code.startsWith(pattern.slice(0, -1));
  if (pattern.startsWith('*')) return code.endsWith(pattern.slice(1));
  return pattern === code;
}
