// The one error of the database room that an operator reads: a whole sentence about what to do, never a stack.

/** The database cannot be used as it is. `message` is one clear sentence without secrets or personal data. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StartError';
  }
}

/** What an operator reads when a program cannot start: one sentence; only a bug shows its stack. */
export function toSentence(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The system's code of an error (`ENOENT`, `EACCES`, …), or undefined when it has none. */
export function toSystemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What an error says, for the end of a sentence. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a PostgreSQL program said last about its failure, as the end of a sentence; `path` lies on the disk it uses. */
export function toProgramError(failure: string, said: string, path: string): StartError {
  if (/no space left|quota exceeded|free disk space/i.test(said))
    return new StartError(`there is no space left on the disk of ${path}`);
  const line = said.split('\n').findLast((text) => /FATAL|PANIC|error/.test(text));
  return new StartError(
    `${failure}: ${line?.replace(/^.*?(FATAL|PANIC|error):\s*/, '') ?? 'it ended without a word'}`,
  );
}

/** Says in one sentence why a file or folder cannot be used; what is not about the file system is returned unchanged. */
export function toFolderError(error: unknown, path: string): unknown {
  switch (toSystemCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return new StartError(
        `this account may not read and write ${path}; give it the folder or start as its owner`,
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new StartError(`there is no space left on the disk of ${path}`, error);
    case 'EROFS':
      return new StartError(`the disk of ${path} is read-only`, error);
    case 'ENOENT':
      return new StartError(`something that belongs into ${path} is missing: ${toMessage(error)}`, error);
    case 'ENOTDIR':
    case 'EEXIST':
      return new StartError(`${path} is in the way: a folder is needed there`, error);
    default:
      return error;
  }
}
