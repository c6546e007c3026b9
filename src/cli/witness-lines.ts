// Says in plain words what witnesses said of a head.
import { checkWitnesses } from '../evidence/verify.ts';

/** Sentences of what witnesses that were named said of a head. @throws Error when a cosignature of one of them fails */
export function tellWitnesses(note: string, witnesses: readonly string[], head: string): readonly string[] {
  const checked: string[] = [];
  const witnessed = checkWitnesses(note, witnesses, checked);
  return [
    ...checked.map((line) => `checked: ${head} is ${line}`),
    ...witnessed.flatMap(({ name, at }) => (at ? [] : [`${head} is not witnessed by ${name}`])),
    ...(witnesses.length === 0 ? [`not checked: whether a witness saw ${head} (--witness)`] : []),
  ];
}
