// Reads lam-dong-communes.csv: the communes, wards and special zone since 1 July 2025 and the old units each was formed
// from. The old units' codes, districts and dates are not in it. Source: units-and-codes.md §4.1

/** Kinds of unit in the file. */
export type CommuneKind = 'commune' | 'ward' | 'special-zone';

/** An old unit as the file names it: a name, not a key. */
export interface FormerUnit {
  /** NFC, first letter in upper case, apostrophes as written. */
  readonly name: string;
  /** The old district or town, where the name alone occurred in several places. */
  readonly place: string | undefined;
  /** True for an old unit that went to several new ones; the file does not say which part went where. */
  readonly isSplit: boolean;
}

/** A unit since 1 July 2025. */
export interface Commune {
  /** Administrative code, 5 digits. */
  readonly code: string;
  /** NFC. */
  readonly name: string;
  readonly kind: CommuneKind;
  /** Empty for a unit that was kept as it was. */
  readonly formedFrom: readonly FormerUnit[];
}

const unchanged = 'giữ nguyên';
const prefixes: Readonly<Record<CommuneKind, string>> = {
  commune: 'Xã ',
  ward: 'Phường ',
  'special-zone': 'Đặc khu ',
};

const isKind = (value: string): value is CommuneKind => value in prefixes;

/** A name for comparison only: NFC, one apostrophe for ’ and ', lower case, single spaces. */
export function foldName(name: string): string {
  return name.normalize('NFC').replaceAll('’', "'").replace(/\s+/g, ' ').trim().toLocaleLowerCase('vi');
}

function parseFormer(text: string): Omit<FormerUnit, 'isSplit'> {
  const match = /^(?<name>[^()]+?)(?: \((?<place>[^()]+)\))?$/.exec(text.normalize('NFC').trim());
  const name = match?.groups?.['name'];
  if (!name) throw new Error(`cannot read the old unit "${text}"`);
  const [first = '', ...rest] = name;
  return { name: first.toLocaleUpperCase('vi') + rest.join(''), place: match.groups?.['place'] };
}

const toKey = (former: Omit<FormerUnit, 'isSplit'>): string =>
  foldName(`${former.name} (${former.place ?? ''})`);

function parseLine(line: string) {
  const [code = '', name = '', kind = '', formedFrom = '', ...more] = line.split(',');
  if (!/^\d{5}$/.test(code) || more.length > 0) throw new Error(`cannot read the line "${line}"`);
  const normal = name.normalize('NFC');
  if (!isKind(kind) || !normal.startsWith(prefixes[kind]))
    throw new Error(`${code}: the kind does not fit the name`);
  const isUnchanged = formedFrom.normalize('NFC') === unchanged;
  return { code, name: normal, kind, formers: isUnchanged ? [] : formedFrom.split('; ').map(parseFormer) };
}

function refuseDuplicates(what: string, keys: readonly string[]): void {
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new Error(`the ${what} ${twice} occurs twice`);
}

/**
 * The communes in the order of the file.
 * @throws Error when a line cannot be read, or when two units have one code or one folded name
 */
export function parseCommunes(csv: string): readonly Commune[] {
  const [header, ...lines] = csv.trimEnd().split('\n');
  if (header !== 'code,name,kind,formed_from')
    throw new Error('the header is not code,name,kind,formed_from');
  const parsed = lines.map(parseLine);
  refuseDuplicates(
    'code',
    parsed.map(({ code }) => code),
  );
  refuseDuplicates(
    'name',
    parsed.map(({ name }) => foldName(name)),
  );
  const uses = new Map<string, number>();
  for (const key of parsed.flatMap(({ formers }) => formers.map(toKey)))
    uses.set(key, (uses.get(key) ?? 0) + 1);
  return parsed.map(({ formers, ...commune }) => ({
    ...commune,
    formedFrom: formers.map((former) => ({ ...former, isSplit: (uses.get(toKey(former)) ?? 0) > 1 })),
  }));
}
