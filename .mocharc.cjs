// Mocha's settings. Mocha adds `spec` to the files of the command line, so it is left out when the command names some.
const namesFiles = process.argv.slice(2).some((word) => word.replace(/^\.\//, '').startsWith('test/'));

module.exports = {
  'node-option': ['import=tsx'],
  require: ['test/support/global.ts'],
  ...(namesFiles ? {} : { spec: ['test/**/*.test.ts'] }),
  timeout: 60000,
  // A file a process: most of a run is waiting.
  parallel: !namesFiles,
  jobs: 2,
  forbidOnly: Boolean(process.env.CI),
};
