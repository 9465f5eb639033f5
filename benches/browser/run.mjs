// Serves the built page with the benchmark page beside it, runs it in Chromium and prints its JSON.
// With "serve" it only serves: open the address it names in any browser.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import config from '../../playwright.config.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where the built page is: another folder compares another build. */
const DIST = process.env.DIST ?? `${ROOT}dist`;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
const csv = execFileSync(`${ROOT}target/release/cleansweep`, ['sample'], { maxBuffer: 1 << 28 });

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  const send = (body, type) => response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(body);
  if (path === '/sample.csv') return send(csv, 'text/csv');
  const name = path.startsWith('/app/') ? `${DIST}/${path.slice(5) || 'index.html'}` : `${ROOT}benches/browser/${path.slice(1) || 'index.html'}`;
  if (path.includes('..') || !existsSync(name)) return response.writeHead(404).end();
  return send(await readFile(name), TYPES[extname(name)]);
});
await new Promise((ready) => server.listen(process.argv[2] === 'serve' ? 8090 : 0, '127.0.0.1', ready));
const address = `http://127.0.0.1:${server.address().port}/`;
if (process.argv[2] === 'serve') {
  console.log(`Open ${address}`);
} else {
  const browser = await chromium.launch(config.use.launchOptions);
  const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(address);
  await page.waitForFunction(() => self.measurements, null, { timeout: 600_000 });
  const result = await page.evaluate(() => self.measurements);
  const weight = { all: 0, 'first picture': 0 };
  for (const file of readdirSync(DIST)) {
    const size = brotliCompressSync(await readFile(`${DIST}/${file}`)).length;
    weight.all += size;
    if (!file.startsWith('worker')) weight['first picture'] += size;
  }
  result['page weight, brotli'] = weight;
  console.log(JSON.stringify(result, null, 2));
  await browser.close();
  server.close();
  process.exitCode = result.error ? 1 : 0;
}
