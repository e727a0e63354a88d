// Opens report.html and every SVG of a folder in headless Chromium, as a reader would: light and
// dark, wide and narrow, on screen and in print. Fails on a console message, an error, a request to
// anything but the file itself, a label that leaves its picture or covers another as the browser
// sets it, a page wider than its window, a download that is not there, or a script that runs.
// Screenshots stay in the folder. usage: node report_browser.mjs FOLDER
import { chromium } from 'playwright-core';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2]);
const report = pathToFileURL(join(folder, 'report.html')).href;
const problems = [];
const check = (holds, what) => { if (!holds) problems.push(what); };

const profile = mkdtempSync(join(tmpdir(), 'ana_browser_'));
const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    acceptDownloads: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// Labels as the browser sets them. Boxes of lines are taller than letters, hence the slack; labels
// at an angle are left to the unit tests, which know their corners.
const labelProblems = () => {
    const found = [];
    for (const svg of document.querySelectorAll('svg[role=img]')) {
        const frame = svg.getBoundingClientRect();
        if (frame.width < 100 || frame.height < 40) found.push(`a picture of ${frame.width} px`);
        const scale = frame.width / svg.viewBox.baseVal.width;
        const boxes = [];
        for (const text of svg.querySelectorAll('text')) {
            const turn = /rotate\((\S+)/.exec(text.getAttribute('transform') ?? 'rotate(0 ');
            if (Number(turn[1]) % 90 !== 0) continue;
            const r = text.getBoundingClientRect();
            const upright = Number(turn[1]) !== 0;
            const slack = 2.2 * scale;
            boxes.push({ name: text.firstChild?.data,
                left: r.left + (upright ? slack : 0), right: r.right - (upright ? slack : 0),
                top: r.top + (upright ? 0 : slack), bottom: r.bottom - (upright ? 0 : slack) });
        }
        boxes.forEach((a, i) => {
            if (a.left < frame.left - 0.5 || a.right > frame.right + 0.5 ||
                a.top < frame.top - 0.5 || a.bottom > frame.bottom + 0.5) {
                found.push(`"${a.name}" leaves "${svg.getAttribute('aria-label')}"`);
            }
            for (const b of boxes.slice(0, i)) {
                if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) {
                    found.push(`"${a.name}" covers "${b.name}" in "${svg.getAttribute('aria-label')}"`);
                }
            }
        });
    }
    return found;
};

const open = async (address, options) => {
    const page = await context.newPage();
    page.on('console', message => problems.push(`console: ${message.text()}`));
    page.on('pageerror', error => problems.push(`error: ${error.message}`));
    page.on('request', request => {
        check(request.url() === address || request.url().startsWith('data:'),
              `request to ${request.url()}`);
    });
    await page.setViewportSize({ width: options.width, height: 900 });
    await page.emulateMedia({ colorScheme: options.scheme, media: options.media ?? 'screen' });
    await page.goto(address, { waitUntil: 'load' });
    return page;
};

let pictures = 0;
for (const [name, options] of Object.entries({
    light: { scheme: 'light', width: 1100 },
    dark: { scheme: 'dark', width: 1100 },
    phone: { scheme: 'light', width: 390 },
    print: { scheme: 'dark', width: 800, media: 'print' },
})) {
    const page = await open(report, options);
    const seen = await page.evaluate(() => ({
        title: document.title,
        paper: getComputedStyle(document.body).backgroundColor,
        ink: getComputedStyle(document.querySelector('svg text')).fill,
        figures: document.querySelectorAll('figure').length,
        links: document.querySelectorAll('nav a').length,
        overflow: document.scrollingElement.scrollWidth - window.innerWidth,
    }));
    const dark = name === 'dark';
    check(seen.title === 'Sample of every display hint', `title is ${seen.title}`);
    check((seen.paper === 'rgb(20, 24, 29)') === dark, `${name}: the paper is ${seen.paper}`);
    check((seen.ink === 'rgb(227, 232, 237)') === dark || seen.ink !== 'rgb(0, 0, 0)',
          `${name}: the ink is ${seen.ink}`);
    check(seen.figures === 17, `${name}: ${seen.figures} figures`);
    check(seen.links === 3, `${name}: ${seen.links} entries in the contents`);
    check(seen.overflow <= 0, `${name}: ${seen.overflow} px wider than the window`);
    (await page.evaluate(labelProblems)).forEach(problem => problems.push(`${name}: ${problem}`));
    await page.screenshot({ path: join(folder, `report_${name}.png`), fullPage: true });
    pictures++;
    await page.close();
}

const page = await open(report, { scheme: 'light', width: 1100 });
const [download] = await Promise.all([
    page.waitForEvent('download'), page.click('a[download="accuracy.csv"]')]);
const data = readFileSync(await download.path(), 'utf8');
check(data.startsWith('row,values[0],values[1],low[0]'), `the data begin with ${data.slice(0, 60)}`);
check(data.split('\n').length >= 6, 'the data have too few rows');
await page.close();

// The policy holds: an element of script that finds its way in does not run.
const attacked = await context.newPage();
await attacked.goto(report);
const ran = await attacked.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return window.ran === true;
});
check(!ran, 'a script ran');
await attacked.close();

for (const file of readdirSync(folder).filter(name => name.endsWith('.svg'))) {
    const picture = await open(pathToFileURL(join(folder, file)).href,
                               { scheme: 'light', width: 800 });
    (await picture.evaluate(labelProblems)).forEach(problem => problems.push(`${file}: ${problem}`));
    await picture.screenshot({ path: join(folder, file.replace('.svg', '.png')),
                               clip: await picture.evaluate(() => {
                                   const box = document.documentElement.viewBox.baseVal;
                                   return { x: 0, y: 0, width: box.width, height: box.height };
                               }) });
    pictures++;
    await picture.close();
}
await context.close();
rmSync(profile, { recursive: true, force: true });
console.log(`report_browser: ${pictures} pictures taken in ${folder}, ${problems.length} problems`);
problems.slice(0, 30).forEach(problem => console.log(`  ${problem.slice(0, 300)}`));
process.exit(problems.length === 0 ? 0 : 1);
