// The five systems of the sandbox province and the units that each acts for.
import { bodyIds, type SeedUnit } from './seed-units.ts';

/** A system and its mandates. */
export interface SeedSystem {
  /** The client id. */
  readonly id: string;
  readonly name: string;
  /** The owner. */
  readonly unitId: string;
  readonly actingUnits: readonly string[];
  /** What its mandates allow. */
  readonly operations: readonly string[];
}

/** Client ids of the sandbox. */
export const systemIds = {
  oneStop: 'mot-cua',
  documents: 'van-ban',
  administrator: 'quan-tri',
  approver: 'phe-duyet',
  auditor: 'kiem-toan',
} as const;

/** The document system serves every commune and as many bodies as make up this number. */
const documentUnits = 145;

/** The one-stop system acts for every unit, the document system for 145, the others for their owner. */
export function toSystems(units: readonly SeedUnit[]): readonly SeedSystem[] {
  const communes = units.filter(({ kind }) => kind !== 'provincial');
  const bodies = units.filter(({ kind }) => kind === 'provincial');
  const withDocuments = [...communes, ...bodies.slice(0, documentUnits - communes.length)];
  return [
    {
      id: systemIds.oneStop,
      name: 'Một cửa điện tử (thử nghiệm)',
      unitId: bodyIds.oneStop,
      actingUnits: units.map(({ id }) => id),
      operations: ['population.v1/*', 'evidence.v1/*', 'payment.v1/*', 'portal.v1/*', 'delivery.v1/*'],
    },
    {
      id: systemIds.documents,
      name: 'Quản lý văn bản (thử nghiệm)',
      unitId: bodyIds.office,
      actingUnits: withDocuments.map(({ id }) => id),
      operations: ['evidence.v1/*', 'documents.v1/*', 'delivery.v1/*'],
    },
    {
      id: systemIds.administrator,
      name: 'Quản trị trục (thử nghiệm)',
      unitId: bodyIds.technology,
      actingUnits: [bodyIds.technology],
      operations: [
        ...(['evidence.v1/*', 'admin.v1/*', 'operation.v1/*', 'documents.v1/*'] as const),
        ...(['delivery.v1/*', 'payment.v1/*', 'portal.v1/*'] as const),
      ],
    },
    {
      id: systemIds.approver,
      name: 'Phê duyệt trên trục (thử nghiệm)',
      unitId: bodyIds.office,
      actingUnits: [bodyIds.office],
      operations: ['evidence.v1/*', 'admin.v1/*', 'delivery.v1/*', 'payment.v1/*'],
    },
    {
      id: systemIds.auditor,
      name: 'Kiểm toán trục (thử nghiệm)',
      unitId: bodyIds.inspectorate,
      actingUnits: [bodyIds.inspectorate],
      operations: [
        ...(['evidence.v1/*', 'admin.v1/*', 'operation.v1/*', 'delivery.v1/*'] as const),
        ...(['payment.v1/*', 'portal.v1/*'] as const),
      ],
    },
  ];
}
