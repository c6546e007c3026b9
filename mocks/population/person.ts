// What the mock knows of one invented person; members follow population-database.md §5.

/** A name as the source keeps it: split, or whole in `given` with the two others empty. */
export interface PersonName {
  readonly surname: string;
  readonly middle: string;
  readonly given: string;
}

/** A birth year (`yyyy`), with the date (`yyyyMMdd`) where the papers have more. */
export interface Birth {
  readonly year: string;
  readonly date?: string;
}

/** An address; the district is absent in the two-level form. */
export interface Address {
  readonly province: string;
  readonly district?: string;
  readonly commune: string;
  readonly detail: string;
  readonly country: string;
}

/** A relative as named in a record. */
export interface Relative {
  readonly fullName: string;
  readonly nationality: string;
  readonly number?: string;
  readonly oldNumber?: string;
}

/** One invented person. */
export interface Person {
  /** 12 digits beginning with 999; absent for those who only have an old identity card. */
  readonly number?: string;
  /** 9 digits beginning with 999. */
  readonly oldNumber?: string;
  readonly name: PersonName;
  readonly birth: Birth;
  /** 1 male, 2 female, 0 unknown [assumed coding, §5]. */
  readonly sex: string;
  /** Two digits. */
  readonly ethnicity: string;
  readonly religion?: string;
  /** 0 none, 1 single, 2 married, 3 divorced or other [assumed coding, §5]. */
  readonly maritalStatus: string;
  readonly bloodGroup?: string;
  /** Two letters [assumed coding]. */
  readonly nationality: string;
  readonly birthRegistration: Address;
  readonly origin: Address;
  readonly permanent: Address;
  readonly current: Address;
  readonly father?: Relative;
  readonly mother?: Relative;
  readonly spouse?: Relative;
  readonly representative?: Relative;
  readonly head?: Relative & { readonly relationship: string };
  readonly householdBook?: string;
  readonly taxNumber?: string;
  readonly email?: string;
  readonly deceased: boolean;
  /** The odd cases that this person stands for, e.g. `birth-year-only`. */
  readonly cases: readonly string[];
}

/** The parts of a name with single spaces between them. */
export function toFullName({ surname, middle, given }: PersonName): string {
  return [surname, middle, given].filter((part) => part !== '').join(' ');
}

/** A person as a relative's record names them. */
export function toRelative({ name, nationality, number, oldNumber }: Person): Relative {
  return {
    fullName: toFullName(name),
    nationality,
    ...(number && { number }),
    ...(oldNumber && { oldNumber }),
  };
}
