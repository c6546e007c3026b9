// A process to be killed: makes exports in small parts until its end. Arguments: hub address, folder of the blobs.
import { randomUUID } from 'node:crypto';
import { someExportWorker } from './export-worker.ts';

const [hubUrl = '', folder = ''] = process.argv.slice(2);
const { worker } = someExportWorker(hubUrl, folder, randomUUID());
worker.begin();
process.stdout.write('ready\n');
