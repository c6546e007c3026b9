// Load by wrk where it is installed, else by autocannon; both on core 1.
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../src/root.ts';
import { onCore } from './processes.ts';

/** Made beforehand; one row for each request, used once. */
export interface Varying {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One kind of request, again and again. */
export interface LoadPlan {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What differs from request to request: the values of some headers and, with `path` and `body`, those as well. */
  readonly varying: Varying | undefined;
  readonly connections: number;
  readonly seconds: number;
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number;
  readonly durationS: number;
  /** Answers of 400 and more, and what went wrong on sockets. */
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The load generator of this machine. */
export const generator: 'wrk' | 'autocannon' =
  spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined ? 'wrk' : 'autocannon';

const quote = (text: string): string => JSON.stringify(text);

/** A script for wrk: what every request is, and what is printed at the end. */
function toScript(plan: LoadPlan, bodyFile: string, rowsFile: string): string {
  const headers = Object.entries(plan.headers).map(([name, value]) => `[${quote(name)}] = ${quote(value)}`);
  const names = plan.varying?.names.map(quote).join(', ');
  const request = plan.varying
    ? `local names, file_of_rows = { ${names} }, io.open(${quote(rowsFile)})
request = function()
  local at, content, path = 0, body, nil
  for value in string.gmatch(file_of_rows:read("*l") or "", "[^\\t]+") do
    at = at + 1
    if names[at] == "body" then content = value
    elseif names[at] == "path" then path = value
    else headers[names[at]] = value end
  end
  return wrk.format("${plan.method}", path, headers, ${plan.method === 'GET' ? 'nil' : 'content'})
end`
    : `wrk.method, wrk.headers, wrk.body = "${plan.method}", headers, ${plan.method === 'GET' ? 'nil' : 'body'}`;
  return `local file = io.open(${quote(bodyFile)}, "rb")
local body = file:read("*a")
local headers = { ${headers.join(', ')} }
${request}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"durationS":%f,"errors":%d,"p50Ms":%f,"p99Ms":%f}\\n', summary.requests,
    summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`;
}

function toCommand(plan: LoadPlan, folder: string): readonly string[] {
  const [bodyFile, rowsFile] = [join(folder, 'body.json'), join(folder, 'rows.txt')];
  writeFileSync(bodyFile, plan.body);
  if (plan.varying) writeFileSync(rowsFile, plan.varying.rows.map((row) => row.join('\t')).join('\n'));
  if (generator === 'wrk') {
    const script = join(folder, 'load.lua');
    writeFileSync(script, toScript(plan, bodyFile, rowsFile));
    return [
      'wrk',
      '-t1',
      '--timeout',
      '15s',
      `-c${plan.connections}`,
      `-d${plan.seconds}s`,
      '-s',
      script,
      plan.url,
    ];
  }
  const planFile = join(folder, 'load.json');
  const { method, url, headers, connections, seconds, varying } = plan;
  const rows = varying && { names: varying.names, rowsFile };
  writeFileSync(planFile, JSON.stringify({ method, url, headers, connections, seconds, bodyFile, rows }));
  return [process.execPath, join(rootFolder, 'bench', 'load-autocannon.mjs'), planFile];
}

/** Runs a plan. @param folder for the files that it takes @throws Error when the generator says nothing */
export async function runLoad(plan: LoadPlan, folder: string): Promise<LoadResult> {
  const [program = '', ...args] = onCore(1, toCommand(plan, folder));
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: Buffer[] = [];
  for await (const chunk of child.stdout) said.push(chunk);
  const last = Buffer.concat(said).toString().trim().split('\n').at(-1);
  if (!last?.startsWith('{')) throw new Error(`${generator} ended without a result`);
  return JSON.parse(last);
}
