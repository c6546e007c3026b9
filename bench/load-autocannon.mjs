// Load by autocannon, where wrk is not installed: reads a plan, prints one line as the script for wrk does.
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const body = readFileSync(plan.bodyFile);
const rows = plan.rows ? readFileSync(plan.rows.rowsFile, 'utf8').split('\n') : [];
let at = 0;

/** The next request of a plan whose requests differ. */
function toRequest(request) {
  const values = (rows[at] ?? '').split('\t');
  at += 1;
  const given = Object.fromEntries(plan.rows.names.map((name, place) => [name, values[place]]));
  const { body: content = body, path = request.path, ...headers } = given;
  return {
    ...{ ...request, path, headers: { ...plan.headers, ...headers } },
    ...(plan.method === 'POST' && { body: content }),
  };
}

const result = await autocannon({
  url: plan.url,
  connections: plan.connections,
  duration: plan.seconds,
  requests: [
    {
      ...{ method: plan.method, headers: plan.headers, ...(plan.method === 'POST' && { body }) },
      ...(plan.rows && { setupRequest: toRequest }),
    },
  ],
});
const line = {
  requests: result['2xx'],
  durationS: result.duration,
  errors: result.non2xx + result.errors + result.timeouts,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
};
process.stdout.write(`${JSON.stringify(line)}\n`);
