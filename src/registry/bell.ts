// A pause between rounds that an event can cut short.

/** Made by `createBell`. */
export interface Bell {
  /** Ends the current pause, or the next one when nobody is pausing, so that no ring is lost. */
  ring(): void;
  /** Resolves after `limitMs` milliseconds or at the next ring. One pause at a time. */
  pause(limitMs: number): Promise<void>;
}

/** A bell that nobody has rung. */
export function createBell(): Bell {
  let rung = false;
  let end: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      end?.();
    },
    async pause(limitMs) {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limitMs);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      end = undefined;
      rung = false;
    },
  };
}
