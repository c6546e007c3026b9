// Look-ups in one snapshot, by date.
import assert from 'node:assert/strict';
import { createSnapshot, isInForce, type RegistryRows } from '../../src/registry/snapshot.ts';
import type { Grant, Mandate, Unit } from '../../src/registry/types.ts';

const may = new Date('2026-05-01T00:00:00Z');
const june = new Date('2026-06-01T00:00:00Z');
const july = new Date('2026-07-01T00:00:00Z');
const justBefore = (instant: Date) => new Date(instant.getTime() - 1);

const unit = (id: string, to?: Date): Unit => ({
  id,
  name: id,
  kind: 'commune',
  parentId: undefined,
  state: 'active',
  codes: [],
  from: may,
  to,
});

const mandate = (id: string, unitId: string, from: Date, to?: Date): Mandate => ({
  id,
  systemId: 'mot-cua',
  unitId,
  operations: ['population.v1/*'],
  document: 'thử nghiệm',
  from,
  to,
});

const grant = (id: string, operations: readonly string[]): Grant => ({
  id,
  systemId: 'mot-cua',
  operations,
  purpose: undefined,
  legalBasis: 'thử nghiệm',
  fields: undefined,
  caseRule: 'optional',
  leastAssurance: 1,
  addresses: [],
  hours: undefined,
  environment: 'sandbox',
  quota: { perMinute: 1, perDay: 1 },
  reach: 'unit',
  grantor: 'xa-1',
  isSenderBound: false,
  state: 'active',
  from: may,
  to: june,
});

const rows: RegistryRows = {
  version: 7n,
  revokedTokens: [],
  sourcesOff: [],
  sourceCredentials: [],
  units: [unit('xa-1'), unit('xa-2', june)],
  successions: [],
  systems: [],
  mandates: [
    mandate('m-1a', 'xa-1', may, june),
    mandate('m-1b', 'xa-1', june),
    mandate('m-2', 'xa-2', may),
    mandate('m-3', 'xa-3', may),
  ],
  officers: [],
  services: [],
  grants: [grant('g-1', ['a.v1/one', 'a.v1/two']), grant('g-2', ['a.v1/two', 'a.v1/two'])],
};

describe('a snapshot of the registry', () => {
  const snapshot = createSnapshot(rows);

  it('counts the first instant of a period and not the last', () => {
    assert.ok(!isInForce({ from: may, to: june }, justBefore(may)));
    assert.ok(isInForce({ from: may, to: june }, may));
    assert.ok(isInForce({ from: may, to: june }, justBefore(june)));
    assert.ok(!isInForce({ from: may, to: june }, june));
    assert.ok(isInForce({ from: may, to: undefined }, july));
  });

  it('finds the mandate of the day, with no gap between two', () => {
    assert.equal(snapshot.mandate('mot-cua', 'xa-1', justBefore(june))?.id, 'm-1a');
    assert.equal(snapshot.mandate('mot-cua', 'xa-1', june)?.id, 'm-1b');
    assert.equal(snapshot.mandate('mot-cua', 'xa-1', justBefore(may)), undefined);
    assert.equal(snapshot.mandate('van-ban', 'xa-1', june), undefined);
  });

  it('counts no mandate of a unit that has closed or is not there', () => {
    assert.equal(snapshot.mandate('mot-cua', 'xa-2', justBefore(june))?.id, 'm-2');
    assert.equal(snapshot.mandate('mot-cua', 'xa-2', june), undefined);
    assert.equal(snapshot.mandate('mot-cua', 'xa-3', june), undefined);
    assert.deepEqual(snapshot.actingUnits('mot-cua', may), ['xa-1', 'xa-2']);
    assert.deepEqual(snapshot.actingUnits('mot-cua', july), ['xa-1']);
    assert.deepEqual(snapshot.actingUnits('van-ban', july), []);
  });

  it('gives every grant of a system for an operation once, whatever its date', () => {
    const ids = (operation: string) => snapshot.grants('mot-cua', operation).map(({ id }) => id);
    assert.deepEqual(ids('a.v1/one'), ['g-1']);
    assert.deepEqual(ids('a.v1/two'), ['g-1', 'g-2']);
    assert.deepEqual(ids('a.v1/three'), []);
  });
});
