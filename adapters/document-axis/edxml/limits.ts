// The bounds that a message is read within where nobody sets others.
import type { EdxmlLimits } from './types.ts';

/** Attachments to 1 GiB, messages to 2 GiB, mark-up to 1 MiB. Source: document-axis.md §9.3 */
export const defaultLimits: EdxmlLimits = {
  headerBytes: 1_048_576,
  elements: 20_000,
  depth: 24,
  receivers: 1_000,
  attachments: 100,
  attachmentBytes: 1_073_741_824,
  messageBytes: 2_147_483_648,
  zipRatio: 200,
  zipEntries: 10_000,
  zipBytes: 2_147_483_648,
};
