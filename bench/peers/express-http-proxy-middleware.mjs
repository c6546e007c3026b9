// Express with http-proxy-middleware: bytes are passed through and nothing is looked at.
import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const app = express();
app.disable('x-powered-by');
app.use(
  createProxyMiddleware({
    target: process.env.SOURCE_URL,
    agent: new Agent({ keepAlive: true, maxSockets: 64 }),
    changeOrigin: true,
  }),
);
app.listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('ready\n'));
