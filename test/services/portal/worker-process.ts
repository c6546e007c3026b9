// A worker of the catalogue as a process of its own, to be killed; says when it works.
import { openWorker } from './worker.ts';

const [hubUrl = '', settings = '{}'] = process.argv.slice(2);
const { catalogue } = await openWorker(hubUrl, JSON.parse(settings));
catalogue.start();
process.send?.('works');
