// `npm run demo`: installs and builds what is missing, serves the page, and prints its address.

import { buildDemo } from "./build.mjs";
import { serveDemo } from "./server.mjs";

const { address } = await serveDemo(buildDemo(), { port: Number(process.env.PORT ?? 8080) });
console.log(`The demo is at ${address} (stop it with Ctrl+C)`);
