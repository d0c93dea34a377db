// The page in a real browser, against a running service whose book holds an incident that waits for approval:
//
//   cargo run -p breakglass-console --example showcase       prints READY <url> <token> <viewer token>
//   BREAKGLASS_URL=… BREAKGLASS_TOKEN=… BREAKGLASS_VIEWER_TOKEN=… npm run e2e
//
// BREAKGLASS_SHOTS=<folder> keeps pictures. BREAKGLASS_CHROMIUM names another browser than /usr/bin/chromium.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";

const url = need("BREAKGLASS_URL");
const token = need("BREAKGLASS_TOKEN");
const viewerToken = process.env.BREAKGLASS_VIEWER_TOKEN;
const shots = process.env.BREAKGLASS_SHOTS;
const WAIT_MS = 10_000;

function need(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set: see the top of e2e/run.mjs`);
    process.exit(2);
  }
  return value.replace(/\/$/, "");
}

const browser = await chromium.launch({
  executablePath: process.env.BREAKGLASS_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

/** A page of its own that fails the run if anything is written to the console or fetched from elsewhere. */
async function open({ scheme = "dark", width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(url) && !to.startsWith("data:")) complaints.push(`fetched from elsewhere: ${to}`);
  });
  return { page, context, complaints };
}

async function logIn(page, as = token) {
  await page.goto(url);
  await page.getByLabel("Your token").fill(as);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator(".line.live").waitFor();
}

async function shot(page, name, fullPage = true) {
  if (!shots) return;
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

const stories = {
  async "a wrong token is refused, and says what to do"() {
    const { page, context } = await open();
    await page.goto(url);
    await page.getByLabel("Your token").fill("not a token");
    await page.getByRole("button", { name: "Log in" }).click();
    const failure = page.getByRole("alert");
    await failure.waitFor();
    assert.match(await failure.innerText(), /unknown or has expired[\s\S]*What to do/);
    assert.deepEqual(await context.cookies(), []);
    await shot(page, "login");
    await context.close();
  },

  async "the session cookie is out of reach of scripts, and the token is kept nowhere"() {
    const { page, context, complaints } = await open();
    await logIn(page);
    const [cookie] = await context.cookies();
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, "Strict");
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    assert.ok(!kept.includes(token));
    assert.deepEqual(complaints, []);
    await context.close();
  },

  async "the overview shows chains, open incidents by severity, and hostile text harmlessly"() {
    const { page, context, complaints } = await open();
    let alerted = false;
    page.on("dialog", (dialog) => ((alerted = true), dialog.dismiss()));
    await logIn(page);
    const rows = page.locator(".incidents .row");
    await rows.first().waitFor();
    const severities = await page.locator(".incidents .row .severity").allInnerTexts();
    const order = ["critical", "high", "medium", "low", "info"];
    assert.deepEqual(severities, [...severities].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    assert.ok((await page.locator(".chains > li").count()) >= 1);
    assert.equal(await page.locator("main script").count(), 0);
    const hostile = page.locator(".incidents .title", { hasText: "<script>" });
    if ((await hostile.count()) > 0) {
      assert.match(await hostile.innerText(), /<script>alert\('owned'\)<\/script>/);
      assert.equal(await hostile.locator(".unseen").first().innerText(), "202E");
    }
    assert.equal(alerted, false);
    assert.deepEqual(complaints, []);
    await context.close();
  },

  async "pictures of overview, incident and dialog in both lights and both sizes"() {
    for (const scheme of ["dark", "light"]) {
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        const { page, context, complaints } = await open({ scheme, width, height });
        await logIn(page);
        await page.locator(".incidents .row").first().waitFor();
        await page.locator(".alerts .row").first().waitFor();
        await noSideways(page);
        await shot(page, `overview-${scheme}-${width}`);
        await page.locator(".incidents a.title").first().click();
        await page.locator(".entry").first().waitFor();
        await noSideways(page);
        await shot(page, `incident-${scheme}-${width}`);
        const approve = page.getByRole("button", { name: "Approve…" });
        if ((await approve.count()) > 0) {
          await approve.first().click();
          await page.locator("dialog").waitFor();
          await shot(page, `approve-${scheme}-${width}`, false);
          await page.keyboard.press("Escape");
          await page.locator("dialog").waitFor({ state: "detached" });
        }
        await page.goto(`${url}/alerts`);
        await page.locator(".alerts .row").first().waitFor();
        await noSideways(page);
        await shot(page, `alerts-${scheme}-${width}`);
        await page.goto(`${url}/announced`);
        await page.locator(".row.notice").first().waitFor();
        await noSideways(page);
        await shot(page, `announced-${scheme}-${width}`);
        await page.getByRole("button", { name: "Announce a change…" }).click();
        await page.locator("dialog").waitFor();
        await noSideways(page);
        await shot(page, `announce-${scheme}-${width}`, false);
        assert.deepEqual(complaints, []);
        await context.close();
      }
    }
  },

  async "a viewer sees everything and decides nothing"() {
    if (!viewerToken) return "skipped: BREAKGLASS_VIEWER_TOKEN is not set";
    const { page, context } = await open();
    await logIn(page, viewerToken);
    await page.locator(".incidents a.title").first().click();
    await page.locator(".step").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Approve…" }).count(), 0);
    assert.equal(await page.getByRole("button", { name: "Close…" }).count(), 0);
    await page.locator(".mark").first().waitFor();
    assert.ok(await page.locator(".mark").first().isDisabled());
    await page.goto(`${url}/announced`);
    await page.locator(".row.notice").first().waitFor();
    assert.equal(await page.getByRole("button", { name: /Announce|Withdraw|End it/ }).count(), 0);
    await context.close();
  },

  async "a mark stays, and another person's page shows it at once"() {
    const [one, two] = [await open(), await open()];
    await logIn(one.page);
    await logIn(two.page);
    const mark = (page) => page.locator(".alerts .row").first().getByRole("button", { name: "useful" });
    await mark(one.page).click();
    await one.page.locator('.alerts .row:first-child .mark.useful[aria-pressed="true"]').waitFor();
    await two.page.locator('.alerts .row:first-child .mark.useful[aria-pressed="true"]').waitFor();
    await one.context.close();
    await two.context.close();
  },

  async "a note written by one grows the other's timeline without a reload"() {
    const [one, two] = [await open(), await open()];
    for (const { page } of [one, two]) {
      await logIn(page);
      await page.locator(".incidents a.title").first().click();
      await page.locator(".entry").first().waitFor();
    }
    const before = await two.page.locator(".entry").count();
    await one.page.getByRole("button", { name: "Add note" }).click();
    const said = `Called the guardian's on-call <b>twice</b> ${Date.now()}`;
    await one.page.getByRole("textbox", { name: "Note" }).fill(said);
    await one.page.getByRole("button", { name: "Write it down" }).click();
    await two.page.locator(".entry .note", { hasText: said }).waitFor();
    assert.equal(await two.page.locator(".entry").count(), before + 1);
    assert.deepEqual([...one.complaints, ...two.complaints], []);
    await one.context.close();
    await two.context.close();
  },

  async "a lost connection is said at once, and mended without losing an entry"() {
    const { page, context } = await open();
    await logIn(page);
    await page.locator(".incidents a.title").first().click();
    await page.locator(".entry").first().waitFor();
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.getByText("Connection lost").waitFor({ timeout: 40_000 });
    assert.equal(await page.locator(".line").innerText(), "not live");
    assert.match(await page.locator(".timeline h2").innerText(), /not live/);
    await shot(page, "lost");
    await page.unroute("**/api/v1/**");
    await page.locator(".banner.lost").waitFor({ state: "detached", timeout: 20_000 });
    await context.close();
  },

  async "a change is announced, done otherwise before everybody's eyes, and withdrawn"() {
    const [one, two] = [await open(), await open()];
    for (const { page } of [one, two]) {
      await logIn(page);
      await page.getByRole("link", { name: "Announced" }).click();
      await page.locator(".row.notice").first().waitFor();
    }
    const { page } = one;
    const title = `Vault to version 3 <b>now</b> ${Date.now()}`;
    const fill = (label, text) => page.locator("dialog").getByLabel(label, { exact: true }).fill(text);
    await page.getByRole("button", { name: "Announce a change…" }).click();
    await fill("Title", title);
    await fill("Contract that changes", "0x1111");
    await fill("What it becomes", `0x${"22".repeat(20)}`);
    await fill("Who may do it", `0x${"aa".repeat(20)}`);
    await page.getByRole("button", { name: "Announce it" }).click();
    // What was wrong is said in the dialog, and nothing that was written in it is lost.
    assert.match(await page.locator("dialog .failure").innerText(), /0x1111/);
    await shot(page, "announce-refused", false);
    await fill("Contract that changes", `0x${"a1".repeat(20)}`);
    await page.getByRole("button", { name: "Announce it" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });

    const row = (page) => page.locator(".row.notice", { hasText: title });
    await row(two.page).waitFor();
    for (const { page } of [one, two]) {
      await row(page).locator('xpath=self::*[@data-state="deviated"]').waitFor();
      assert.match(await row(page).locator('[data-fit="deviates"]').innerText(), /critical[\s\S]*not announced/i);
    }
    await row(page).getByRole("button", { name: "Withdraw…" }).click();
    await page.getByLabel("Why (may be left empty)").fill("the key is not ours any more");
    await shot(page, "withdraw", false);
    await page.getByRole("button", { name: "Withdraw it" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await row(two.page).getByText("withdrawn", { exact: true }).waitFor();
    assert.equal(await row(two.page).getByRole("button", { name: "Withdraw…" }).count(), 0);
    // The one complaint is the refusal, which the browser tells as well.
    assert.ok(one.complaints.every((complaint) => complaint.includes("400")), one.complaints.join("\n"));
    assert.deepEqual(two.complaints, []);
    await one.context.close();
    await two.context.close();
  },

  async "an approval is restated, given, and followed until the pause is confirmed"() {
    const { page, context, complaints } = await open();
    await logIn(page);
    await page.locator(".incidents .row", { has: page.locator(".tag.waiting") }).first().locator("a.title").click();
    await page.getByRole("button", { name: "Approve…" }).first().click();
    const dialog = page.locator("dialog");
    const restated = await dialog.innerText();
    for (const word of ["Function", "pause()", "Contract", "Chain", "Signer", "guardian", "Plan", "Harm"]) {
      assert.ok(restated.includes(word), `the dialog restates ${word}`);
    }
    await dialog.getByRole("button", { name: "Approve pause()" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.locator('.entry[data-kind="case.approved/1"]', { hasText: "pause" }).waitFor();
    if (process.env.BREAKGLASS_SHOWCASE !== "no") {
      await page.locator(".phases .here", { hasText: "Contained" }).waitFor({ timeout: 20_000 });
      await page.locator('.entry[data-kind="case.confirmed/1"]', { hasText: "pause" }).waitFor();
      await shot(page, "contained");
    }
    assert.deepEqual(complaints, []);
    await context.close();
  },
};

/** Nothing may be wider than the screen: on a phone half of an amount is a wrong amount. */
async function noSideways(page) {
  const wide = await page.evaluate(() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.slice(0, 40)}`);
  });
  assert.deepEqual(wide, []);
}

let failed = 0;
for (const [name, story] of Object.entries(stories)) {
  try {
    const said = await story();
    console.log(said ? `- ${name} (${said})` : `✓ ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`✗ ${name}\n  ${error.stack ?? error}`);
  }
}
await browser.close();
console.log(failed === 0 ? "all stories hold" : `${failed} stories do not hold`);
process.exit(failed === 0 ? 0 : 1);
