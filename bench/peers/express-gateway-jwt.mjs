// express-gateway with its jwt policy (RS256) before its proxy; its configuration lies in CONFIG_FOLDER.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
await require('express-gateway')().load(process.env.CONFIG_FOLDER).run();
process.stdout.write('ready\n');
