// What only the finished page can say: in a release build the content policy names the hash of Trunk's inline start script
// instead of allowing every inline script, the icon is part of the page, so that nothing is requested after the start, and
// the workers' files are named after what is in them, as the page's are, so that no cache mixes two builds.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';

if (process.env.TRUNK_PROFILE !== 'release') process.exit(0);
const staging = process.env.TRUNK_STAGING_DIR;
const path = `${staging}/index.html`;
let html = readFileSync(path, 'utf8');
function replace(what, by) {
  if (html.split(what).length !== 2) {
    console.error(`strict-csp: expected exactly one ${what} in index.html`);
    process.exit(1);
  }
  html = html.replace(what, by);
}

const icon = readdirSync(staging).find((name) => /^icon-.*\.svg$/.test(name));
const link = html.match(/<link[^>]*rel="?icon\b[^>]*>/)[0];
const data = readFileSync(`${staging}/${icon}`).toString('base64');
replace(link, `<link rel="icon" href="data:image/svg+xml;base64,${data}"/>`);
rmSync(`${staging}/${icon}`);
replace("img-src 'self' data:", 'img-src data:');

// One style sheet: fourteen small ones compress worse and are fourteen requests before the first picture.
const links = [...html.matchAll(/<link href=\.\/([^ ]+\.css) [^>]*>/g)];
const sheet = links.map(([, file]) => readFileSync(`${staging}/${file}`, 'utf8')).join('\n');
const digest = (algorithm, encoding) => createHash(algorithm).update(sheet).digest(encoding);
const style = `style-${digest('sha256', 'hex').slice(0, 16)}.css`;
writeFileSync(`${staging}/${style}`, sheet);
for (const [, file] of links) rmSync(`${staging}/${file}`);
links.forEach(([link], at) => {
  replace(link, at ? '' : `<link href=./${style} integrity=sha384-${digest('sha384', 'base64')} rel=stylesheet>`);
});

// Trunk gives the files of a worker no hash.
const hash = createHash('sha256');
for (const file of ['worker.js', 'worker_bg.wasm']) hash.update(readFileSync(`${staging}/${file}`));
const worker = `worker-${hash.digest('hex').slice(0, 16)}`;
renameSync(`${staging}/worker.js`, `${staging}/${worker}.js`);
renameSync(`${staging}/worker_bg.wasm`, `${staging}/${worker}_bg.wasm`);
replace('<title>', `<meta name="worker" content="${worker}"><title>`);

const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]);
if (inline.length !== 1) {
  console.error(`strict-csp: expected one inline script, found ${inline.length}`);
  process.exit(1);
}
replace("'unsafe-inline'", `'sha256-${createHash('sha256').update(inline[0]).digest('base64')}'`);
writeFileSync(path, html);
