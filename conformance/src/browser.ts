import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import type { Login, Target } from "./target.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
/** How long a page may take to show something, on a machine that does much else. */
const WAIT_MS = 20_000;
const hasChromium = existsSync(CHROMIUM);

/** What the pages of a file's tests did that nobody sees. */
export type Traffic = {
  requests: string[];
  /** What the pages' policy stopped, and scripts that failed. */
  faults: string[];
};

/** One Chromium for the tests of a file. */
export type Console = {
  traffic: Traffic;
  /** A tab of its own, on that address below `/console`; with a login, signed in. */
  open(address: string, login?: Login): Promise<Page>;
  /** As {@link open}, apart from all other tabs, whose clock it would share. */
  openApart(address: string, login?: Login): Promise<Page>;
};

/** A test in a browser; where there is none it says that it was skipped. */
export function browserTest(name: string, run: () => Promise<void>): void {
  test(name, async ({ skip }: TestContext) => {
    if (process.env.CONFORMANCE_URL !== undefined)
      skip("needs an installation of its own; not tried on CONFORMANCE_URL");
    if (!hasChromium) skip("skipped: there is no Chromium at CHROMIUM_PATH or /usr/bin/chromium");
    await run();
  });
}

export function useConsole(target: Target): Console {
  const traffic: Traffic = { requests: [], faults: [] };
  let browser: Browser | undefined;
  let shared: BrowserContext | undefined;
  const makeContext = async () => {
    const context = await browser?.newContext({ viewport: { width: 1400, height: 900 } });
    context?.setDefaultTimeout(WAIT_MS);
    return context;
  };
  const open = async (context: BrowserContext | undefined, address: string, login: Login | undefined) => {
    if (context === undefined) throw new Error("the browser runs only while tests do");
    const page = await context.newPage();
    watch(page, traffic);
    await page.goto(`${target.url}/console${address}`);
    if (login !== undefined) await signIn(page, login);
    return page;
  };
  beforeAll(async () => {
    if (!hasChromium) return;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    // One for all tabs: a session is its tab's own all the same, and the console's files are kept from one to the next.
    shared = await makeContext();
  });
  afterAll(() => browser?.close());
  return {
    traffic,
    open: (address, login) => open(shared, address, login),
    openApart: async (address, login) => open(await makeContext(), address, login),
  };
}

/** Expects of what a page comes to show; one waits as long as for any of its elements. */
export function eventually<T>(look: () => Promise<T> | T) {
  return expect.poll(look, { timeout: WAIT_MS, interval: 50 });
}

/** Fills the form of the sign-in page, which may refuse it. */
export async function signIn(page: Page, { username, password }: Login): Promise<void> {
  await page.getByRole("textbox", { name: "User name" }).fill(username);
  await page.locator("input[autocomplete=current-password]").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The numbers in the addresses that the rows of a table lead to. */
export function idsInTable(page: Page, label: string, path: string): Promise<string[]> {
  const links = page.locator(`table[aria-label="${label}"] td.wide a[href^="/console${path}/"]`);
  return links.evaluateAll((found) => found.map((link) => String(link.getAttribute("href")).split("/").at(-1) ?? ""));
}

/** Puts a query into its box and runs it. */
export async function search(page: Page, label: string, query: string): Promise<void> {
  const box = page.getByRole("textbox", { name: label });
  await box.click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(query);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Search" }).first().click();
}

function watch(page: Page, { requests, faults }: Traffic): void {
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Content-Security-Policy/.test(message.text())) faults.push(message.text());
  });
}
