// The offline verifier of a receipt without its private part and the receipt of the entry that is said to have purged it. Pure.
import { parseLeafText } from './leaf.ts';
import { toExchangeMonth, toPurge, whyUnexplained } from './purged.ts';
import { isReceipt } from './receipt.ts';
import type { Verdict } from './verify.ts';

/**
 * Checks that a notice explains why a receipt has no private part. The receipt itself is verified by the caller.
 * @param notice the receipt of the notice `purged`
 * @param verify checks a receipt by the keys of the log
 * @returns sentences of what holds
 * @throws Error that says what does not fit
 */
export function verifyPurge(
  receipt: unknown,
  notice: unknown,
  verify: (receipt: unknown) => Verdict,
): readonly string[] {
  if (!isReceipt(receipt) || !receipt.purgedBy)
    throw new Error('the receipt does not say that its private part was purged');
  const verdict = verify(notice);
  if (!verdict.ok) throw new Error(`the receipt of the purge: ${verdict.reason}`);
  if (!isReceipt(notice)) throw new Error('the receipt of the purge is none');
  const { exchangeId, leafIndex = notice.leafIndex } = receipt.purgedBy;
  if (verdict.leaf.exchange !== exchangeId || notice.leafIndex !== leafIndex)
    throw new Error('the receipt of the purge is of another entry than the receipt names');
  const index = receipt.leafIndex;
  const purge = toPurge({ index: notice.leafIndex, leaf: verdict.leaf });
  if (!purge?.runs.some(({ first, last }) => first <= index && index <= last))
    throw new Error(
      `entry ${notice.leafIndex} does not say that the private part of leaf ${index} was purged`,
    );
  const [ofReceipt, ofNotice] = [receipt, notice].map(({ checkpoint }) => checkpoint.split('\n', 1)[0]);
  if ((purge.log ?? ofNotice) !== ofReceipt)
    throw new Error(
      `entry ${notice.leafIndex} speaks of leaves of ${purge.log ?? ofNotice}, not of ${ofReceipt}`,
    );
  const { exchange, at } = parseLeafText(receipt.entry);
  const why = whyUnexplained(purge, { index, month: toExchangeMonth(exchange), at });
  if (why !== undefined) throw new Error(why);
  return [
    `the private part was purged: entry ${notice.leafIndex} says so (class ${purge.class}, month ${purge.month})`,
    'not checked: whether the time of that class was over: compare with the classes of retention',
    ...(notice.checkpoint === receipt.checkpoint
      ? []
      : ['not checked: that the heads of both receipts are of one history (--proof)']),
  ];
}
