// Express with JSON body and reply, calling out by axios with its own adapter: what one would write by hand.
import { Agent } from 'node:http';
import axios from 'axios';
import express from 'express';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const client = axios.create({
  baseURL: process.env.SOURCE_URL,
  httpAgent: agent,
  proxy: false,
  timeout: 5000,
});
const app = express();
app.disable('x-powered-by');
app.use(express.json({ limit: '1mb' }));
app.post('/bench/v1/items', async (request, response) => {
  const { status, data } = await client.post('/bench/v1/items', request.body);
  response.status(status).json(data);
});
app.listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('ready\n'));
