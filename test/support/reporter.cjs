// Mocha's spec reporter, which also leaves its counts in a file for test/run.mjs: after each test, so that a run that is
// ended before its time has them too.
const { writeFileSync } = require('node:fs');
const { Runner, reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.TEST_COUNTS;
    const { EVENT_RUN_END, EVENT_TEST_END } = Runner.constants;
    const write = () => {
      const { passes, failures, pending } = runner.stats;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    };
    runner.on(EVENT_TEST_END, write).once(EVENT_RUN_END, write);
  }
};
