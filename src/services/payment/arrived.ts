// After a commit that moved payments: whoever waits for what it put into mailboxes goes on.
import type { Applied, PaymentRooms } from './dependencies.ts';

/** To be called after the commit. @param told of `Applied` */
export function tellArrived(
  { engine, onArrival }: Pick<PaymentRooms, 'engine' | 'onArrival'>,
  told: Applied['told'],
): void {
  if (told.length === 0) return;
  onArrival(told);
  engine.poke();
}
