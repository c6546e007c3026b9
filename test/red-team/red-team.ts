// A red team's file of tests: one ground, which every attack finds as it was.
import { type Ground, layGround, openGround, type Time } from './ground.ts';
import type { Scene } from './scene.ts';

/** Adds a test that attacks the ground. @param witnessTime what the witness remembers */
export type Attack = (title: string, act: (scene: Scene) => Promise<void>, witnessTime?: Time) => void;

/** Describes attacks on one ground. */
export function describeAttacks(title: string, describeAll: (attack: Attack) => void): void {
  describe(title, () => {
    let ground: Ground;
    before(async () => {
      ground = await layGround();
    });
    after(() => ground.close());
    describeAll((attackTitle, act, witnessTime) =>
      it(attackTitle, async () => {
        const scene = await openGround(ground, witnessTime);
        try {
          await act(scene);
        } finally {
          await scene.close();
        }
      }),
    );
  });
}
