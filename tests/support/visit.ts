/**
 * A page of a real browser at a page server of its own.
 *
 * @module
 */

import type { Browser, BrowserContext, Page } from "playwright-core";
import type { PageDevice } from "../../src/gateway/pages/cameras.ts";
import { PageServer, type TestCamera } from "./page_server.ts";

/** Room for a slow machine: what is waited for comes, sooner or later. */
const WAIT_MS = 20_000;

/** What to visit, and with what screen. */
export interface VisitOptions {
  readonly size?: { readonly width: number; readonly height: number };
  /** `undefined`: signed out. */
  readonly user?: string | undefined;
  readonly cameras?: TestCamera[];
  readonly devices?: PageDevice[];
  readonly loginStatus?: number;
  readonly colorScheme?: "light" | "dark";
}

/** One page of a browser at a server of its own. */
export class Visit implements AsyncDisposable {
  /** Console lines of the page and errors that nobody caught. */
  readonly complaints: string[] = [];

  private constructor(
    readonly server: PageServer,
    readonly page: Page,
    readonly context: BrowserContext,
  ) {
    page.on("console", (line) => this.complaints.push(line.text()));
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  static async begin(
    browser: Browser,
    path: string,
    { size = { width: 1280, height: 800 }, ...state }: VisitOptions = {},
  ): Promise<Visit> {
    const server = await PageServer.start({
      user: "user" in state ? state.user : "ada",
      cameras: state.cameras ?? [],
      devices: state.devices ?? [],
      loginStatus: state.loginStatus ?? 204,
    });
    const context = await browser.newContext({
      viewport: size,
      colorScheme: state.colorScheme ?? "light",
    });
    context.setDefaultTimeout(WAIT_MS);
    const visit = new Visit(server, await context.newPage(), context);
    await visit.page.goto(server.url + path);
    return visit;
  }

  /** Waits until a player says something. */
  async says(title: string, camera = "front"): Promise<void> {
    await this.page.locator(`nalgate-player[camera=${camera}] strong`, {
      hasText: title,
    }).waitFor();
  }

  /** Waits until a player plays. */
  async isLive(camera = "front"): Promise<void> {
    await this.page.locator(
      `nalgate-player[camera=${camera}][data-phase=live]`,
    ).waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    await this.server[Symbol.asyncDispose]();
  }
}
