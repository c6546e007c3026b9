// Fastify with its HTTP proxy, which calls out by undici.
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';

const app = fastify({ logger: false, bodyLimit: 1_048_576 });
app.register(proxy, { upstream: process.env.SOURCE_URL, undici: { connections: 64, pipelining: 1 } });
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
process.stdout.write('ready\n');
