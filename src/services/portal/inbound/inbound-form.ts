// What came with an inbound dossier, at rest: sealed under the field key, bound to its row.
import type { PortalDossier } from '../../../../adapters/portal/portal.ts';
import { openText, sealText } from '../../../registry/sealed-text.ts';

/** What lies sealed beside the row. */
export interface InboundForm {
  readonly dossier: PortalDossier;
  /** Names of the papers, in their order. */
  readonly papers: readonly string[];
  readonly further: readonly { readonly name: string; readonly value: string }[];
}

const toContext = (id: string): string => `portal inbound ${id}`;

/** @param fieldKey `Keys.field` */
export const sealInbound = (fieldKey: Buffer, id: string, form: InboundForm): Buffer =>
  sealText(fieldKey, toContext(id), JSON.stringify(form));

/** @throws Error when it was sealed under another key or for another row, or was altered */
export function openInbound(fieldKey: Buffer, id: string, form: Buffer): InboundForm {
  const refusal = `inbound dossier ${id} cannot be opened`;
  // Sealed by `sealInbound`, so the shape is its own.
  return JSON.parse(openText(fieldKey, toContext(id), form, refusal)) as InboundForm;
}
