// What migrations grant to the roles of a hub: they name each by a placeholder, so that a role that comes later, or takes
// another's place, is given the same by going through their GRANTs again.
import type pg from 'pg';
import { type RoleKind, roleKinds } from './roles.ts';

/** The name of each role in the database; the owner's where there is no separate one. */
export type RoleNames = Readonly<Record<RoleKind, string>>;

/** A numbered file as far as its grants go. */
export interface GrantingFile {
  readonly number: number;
  readonly text: string;
}

const placeholder = new RegExp(`:"(${roleKinds.join('|')})_role"`, 'g');
const isKind = (word: string): word is RoleKind => roleKinds.some((kind) => kind === word);

/** The text with `:"hub_role"` and the like replaced by the roles' names. */
export const fillRoles = (client: pg.Client, text: string, names: RoleNames): string =>
  text.replace(placeholder, (whole, kind: string) =>
    isKind(kind) ? client.escapeIdentifier(names[kind]) : whole,
  );

/** The statements of a file that grant something to a role; each begins a line. */
const grantsOf = (text: string, kind: RoleKind): readonly string[] =>
  text.match(new RegExp(`^GRANT [^;]*:"${kind}_role"[^;]*;`, 'gm')) ?? [];

/**
 * Grants to the separate roles what files have granted since they were last given it, also where a file was applied
 * by a process that did not know the role. Nothing is taken from a role that is no longer named.
 * @param owner the name of the owner's role, which needs no grant
 */
export async function grantToRoles(
  client: pg.Client,
  owner: string,
  names: RoleNames,
  files: readonly GrantingFile[],
): Promise<void> {
  const made = await client.query<{ made: boolean }>(
    "SELECT to_regclass('public.database_role') IS NOT NULL AS made",
  );
  if (!made.rows[0]?.made) return;
  const last = files.at(-1)?.number ?? 0;
  for (const kind of roleKinds.filter((each) => each !== 'hub' && names[each] !== owner)) {
    const { rows } = await client.query<{ through: number }>(
      'SELECT through FROM database_role WHERE kind = $1 AND role = $2',
      [kind, names[kind]],
    );
    const through = rows[0]?.through ?? 0;
    if (through >= last) continue;
    await client.query('BEGIN');
    for (const { text } of files.filter(({ number }) => number > through))
      for (const statement of grantsOf(text, kind)) await client.query(fillRoles(client, statement, names));
    await client.query(
      `INSERT INTO database_role (kind, role, through) VALUES ($1, $2, $3)
       ON CONFLICT (kind, role) DO UPDATE SET through = excluded.through`,
      [kind, names[kind], last],
    );
    await client.query('COMMIT');
  }
}
