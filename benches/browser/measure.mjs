// Drives the built page in a frame, as a user would, and prints what it measured as JSON. Durations are milliseconds.
// The page reports the workers' own durations as User Timing measures; everything else is measured from outside.

const frame = document.getElementById('app');
const say = (text) => (document.getElementById('state').textContent = text);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const round = (value) => Math.round(value * 100) / 100;
  return { n: sorted.length, p50: round(at(0.5)), p95: round(at(0.95)), max: round(sorted[sorted.length - 1]) };
}

/** Loads the page anew and collects the measures it reports. Returns the time until it accepts a file. */
async function load() {
  const start = performance.now();
  frame.src = `app/?${Math.random()}`;
  await new Promise((done) => (frame.onload = done));
  const view = frame.contentWindow;
  view.measured = [];
  new view.PerformanceObserver((list) => view.measured.push(...list.getEntries())).observe({ entryTypes: ['measure'] });
  while (!view.document.querySelector('[aria-label="Open CSV files"]')) await new Promise((done) => view.requestAnimationFrame(done));
  return performance.now() - start;
}

const page = () => frame.contentWindow;
const find = (selector) => page().document.querySelector(selector);
const named = (name) => page().measured.filter((entry) => entry.name === name);
const durations = (name) => named(name).map((entry) => entry.duration);
const button = (name) => [...page().document.querySelectorAll('button')].find((b) => (b.getAttribute('aria-label') ?? b.textContent).trim() === name);

async function until(test, what) {
  const end = performance.now() + 60_000;
  while (!test()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(5);
  }
}

async function open(file, last = 'Detail', rest = 600) {
  page().measured = [];
  const transfer = new (page().DataTransfer)();
  transfer.items.add(file);
  const input = find('[aria-label="Open CSV files"]');
  input.files = transfer.files;
  input.dispatchEvent(new (page().Event)('change', { bubbles: true }));
  await until(() => durations(last).length > 0, 'the file');
  await pause(rest);
}

const nextFrame = () => new Promise((done) => page().requestAnimationFrame(done));

/** After the frame: a task queued in a frame runs once it has been painted. */
const painted = () =>
  new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });

/** Until the panel of results says that it has caught up with the settings. */
async function answered() {
  const panel = find('.result');
  const busy = () => panel.getAttribute('aria-busy') === 'true';
  for (let i = 0; i < 100 && !busy(); i++) await Promise.resolve();
  if (!busy()) await pause(0);
  if (!busy()) return;
  await new Promise((done) => {
    const observer = new (page().MutationObserver)(() => {
      if (busy()) return;
      observer.disconnect();
      done();
    });
    observer.observe(panel, { attributes: true });
  });
}

/** Moves a slider back and forth; each time until every number and chart of the new settings is painted. */
async function drag(label, moves) {
  const sliders = [...page().document.querySelectorAll('input[type=range]')];
  const slider = sliders.find((one) => one.labels[0]?.textContent === label);
  const set = Object.getOwnPropertyDescriptor(page().HTMLInputElement.prototype, 'value').set;
  const from = Number(slider.value);
  const times = [];
  const worker = [];
  const step = from + 1 <= Number(slider.max) ? 1 : -1;
  for (let i = 0; i < moves; i++) {
    const start = performance.now();
    set.call(slider, String(i % 2 ? from : from + step));
    slider.dispatchEvent(new (page().Event)('input', { bubbles: true }));
    await answered();
    // The charts are drawn in the frame after the answer, and a task queued in that frame runs once it is on the screen.
    await nextFrame();
    await painted();
    times.push(performance.now() - start);
    await pause(15);
    worker.push(durations('Backtest').at(-1));
  }
  set.call(slider, String(from));
  slider.dispatchEvent(new (page().Event)('input', { bubbles: true }));
  await pause(600);
  return { 'to paint': quantiles(times), 'in the worker': quantiles(worker) };
}

/** What reading a file takes in a worker that does nothing else. */
function readingAlone(file) {
  const code = `onmessage = ({ data }) => {
    const times = [];
    for (let i = 0; i < 8; i++) {
      const start = performance.now();
      new Uint8Array(new FileReaderSync().readAsArrayBuffer(data.slice(0, data.size)));
      times.push(performance.now() - start);
    }
    postMessage(times.slice(1));
  };`;
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(file);
  });
}

async function run() {
  const csv = await (await fetch('sample.csv')).blob();
  const file = new File([csv], 'sample.csv', { type: 'text/csv' });
  const result = { rows: 155_520, bytes: csv.size, browser: navigator.userAgent, cores: navigator.hardwareConcurrency };

  say('Starting…');
  const [starts, paints, reads] = [[], [], []];
  const small = new File([csv.slice(0, 20_000)], 'small.csv', { type: 'text/csv' });
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    starts.push(await load());
    // A file that is dropped at once waits for the workers.
    await open(small, 'Backtest', 0);
    reads.push(performance.now() - start);
    paints.push(...page().performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime));
  }
  result['start until it accepts a file'] = quantiles(starts.slice(2));
  result['start until the first picture'] = quantiles(paints.slice(2));
  result['start until a file dropped at once is backtested'] = quantiles(reads.slice(2));

  say('Reading…');
  await load();
  await pause(500);
  const first = {};
  const looks = [];
  const warm = { import: [], report: [], backtest: [], clean: [] };
  for (let i = 0; i < 7; i++) {
    await open(file);
    const read = durations('Import').at(-1);
    const report = (durations('Load').at(-1) ?? durations('Dataset').at(-1)) - read;
    const cold = durations('Backtest')[0];
    const clean = durations('Clean')[0];
    looks.push(durations('Preview').at(-1));
    if (i === 0) Object.assign(first, { import: read, report, backtest: cold, clean });
    else {
      warm.import.push(read);
      warm.report.push(report);
      warm.backtest.push(cold);
      warm.clean.push(clean);
    }
  }
  for (const [key, name] of [
    ['import', 'CSV bytes to rows, dialect detected'],
    ['report', 'order, duplicates, flags, spikes and the whole report'],
    ['backtest', 'cleaning and one backtest with all metrics, nothing cached'],
    ['clean', 'two cleaning policies compared, one of them new'],
  ]) {
    result[name] = { 'first call': Math.round(first[key] * 100) / 100, warm: quantiles(warm[key]) };
  }

  result['of which the browser reads the bytes'] = quantiles(await readingAlone(file));
  result['first lines looked at, in the worker'] = quantiles(looks);

  say('First chart…');
  const charts = [];
  for (let i = 0; i < 5; i++) {
    find('#tab-Clean').click();
    await pause(200);
    page().measured = [];
    const start = performance.now();
    find('#tab-Backtest').click();
    await until(() => durations('Draw price').length > 0, 'the price chart');
    await painted();
    charts.push(performance.now() - start);
    await pause(300);
  }
  result['page opened to first chart'] = quantiles(charts);

  say('All candles…');
  page().measured = [];
  button('All').click();
  await until(() => durations('Window').length > 0, 'all candles');
  await pause(200);
  result['all candles: window in the worker and drawing'] =
    Math.round((Math.max(...durations('Window')) + Math.max(...durations('Draw price'))) * 100) / 100;

  say('Panning…');
  const canvas = find('.chart__canvas--price');
  const key = (name) => canvas.dispatchEvent(new (page().KeyboardEvent)('keydown', { key: name, bubbles: true }));
  for (let i = 0; i < 30; i++) key('+');
  await pause(300);
  page().measured = [];
  for (let i = 0; i < 100; i++) {
    key(i % 20 < 10 ? 'ArrowLeft' : 'ArrowRight');
    await nextFrame();
  }
  await pause(200);
  result['frame while panning'] = quantiles(durations('Draw price'));
  button('All').click();
  key('End');

  result['slider input to everything painted'] = {};
  for (const [kind, label] of [
    ['exits', 'Reward to risk'],
    ['costs', 'Fee per side'],
    ['sweep', 'Pierce depth'],
    ['levels', 'Tolerance'],
    ['pivots', 'Pivot width'],
    ['indicators', 'ATR period'],
  ]) {
    say(`Slider: ${label}…`);
    result['slider input to everything painted'][kind] = await drag(label, 100);
  }
  result['in the background'] = {};
  for (const name of ['Detail', 'Costs']) result['in the background'][name] = quantiles(durations(name));

  const loaded = page().performance.getEntriesByType('resource').concat(page().performance.getEntriesByType('navigation'));
  result['bytes of the page, uncompressed'] = loaded.reduce((total, entry) => total + (entry.decodedBodySize || 0), 0);
  return result;
}

try {
  self.measurements = await run();
  document.getElementById('result').textContent = JSON.stringify(self.measurements, null, 2);
  say('Done.');
} catch (error) {
  self.measurements = { error: String(error) };
  say(String(error));
}
