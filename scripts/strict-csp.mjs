// Trunk's start script is inline. In a release build the content policy names its hash instead of allowing every inline script.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

if (process.env.TRUNK_PROFILE !== 'release') process.exit(0);
const path = `${process.env.TRUNK_STAGING_DIR}/index.html`;
const html = readFileSync(path, 'utf8');
const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]);
if (inline.length !== 1 || !html.includes("'unsafe-inline'")) {
  console.error(`strict-csp: expected one inline script and one 'unsafe-inline', found ${inline.length} scripts`);
  process.exit(1);
}
const hash = createHash('sha256').update(inline[0]).digest('base64');
writeFileSync(path, html.replace("'unsafe-inline'", `'sha256-${hash}'`));
