/** The pages in a real browser, against the real HTML, scripts and headers. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../../support/chromium.ts";
import { PageServer, type TestCamera } from "../../support/page_server.ts";

/** Room for a slow machine: what is waited for comes, sooner or later. */
const WAIT_MS = 20_000;

const FRONT: TestCamera = {
  name: "front",
  title: "Front door",
  answer: "no_signal",
};
const BENCH: TestCamera = {
  name: "bench",
  title: `<b onmouseover="a()">Bench</b>`,
  answer: "sink_absent",
};

/** One page of a browser at a server of its own. */
class Visit implements AsyncDisposable {
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
    { size = { width: 1280, height: 800 }, ...state }: {
      size?: { width: number; height: number };
      user?: string | undefined;
      cameras?: TestCamera[];
      loginStatus?: number;
      colorScheme?: "light" | "dark";
    } = {},
  ): Promise<Visit> {
    const server = await PageServer.start({
      user: "user" in state ? state.user : "ada",
      cameras: state.cameras ?? [{ ...FRONT }, { ...BENCH }],
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    await this.server[Symbol.asyncDispose]();
  }
}

Deno.test("pages in Chromium", async (t) => {
  const browser = await launchChromium();
  const step = (name: string, run: () => Promise<void>) => t.step(name, run);

  await step("tiles say each camera's state and remedy", async () => {
    await using visit = await Visit.begin(browser, "");
    await visit.says("No signal");
    await visit.says("Camera is off", "bench");
    const tile = visit.page.locator(".tile", { hasText: "Camera is off" });
    assertStringIncludes(await tile.innerText(), "--h264-sink");
    assertStringIncludes(await tile.innerText(), BENCH.title);
    assertEquals(visit.complaints, []);
  });

  await step(
    "a tile leads to its camera with Enter, Esc leads back",
    async () => {
      await using visit = await Visit.begin(browser, "");
      const { page, server } = visit;
      await visit.says("No signal");
      await page.locator(".tile").first().focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(`${server.url}cameras/front/`);
      await visit.says("No signal");
      await page.keyboard.press("i");
      await page.locator("#stats").waitFor();
      await page.keyboard.press("Escape");
      await page.locator("#stats").waitFor({ state: "hidden" });
      await page.keyboard.press("Escape");
      await page.waitForURL(server.url);
      assertEquals(visit.complaints, []);
    },
  );

  await step("f fills the screen and leaves it again", async () => {
    await using visit = await Visit.begin(browser, "cameras/front/");
    const { page, server } = visit;
    await visit.says("No signal");
    const [socket] = server.sockets;
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);
    assertEquals([...server.sockets], [socket]);
  });

  await step("cameras that come and go do so without a reload", async () => {
    await using visit = await Visit.begin(browser, "", { cameras: [] });
    const { page, server } = visit;
    await page.getByText("No cameras yet").waitFor();
    server.state.cameras = [{ ...BENCH }, { ...FRONT }];
    await visit.says("No signal");
    await visit.says("Camera is off", "bench");
    assertEquals(await page.locator("#empty").isVisible(), false);
    const [bench] = server.sockets;
    server.state.cameras = [{ ...BENCH }];
    await page.locator("nalgate-player[camera=front]").waitFor({
      state: "detached",
    });
    await page.waitForFunction(() =>
      document.querySelectorAll(".tile").length === 1
    );
    while (server.sockets.size > 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals([...server.sockets], [bench]);
    assertEquals(visit.complaints, []);
  });

  await step("a new reason is shown on the same connection", async () => {
    const camera = { ...FRONT };
    await using visit = await Visit.begin(browser, "cameras/front/", {
      cameras: [camera],
    });
    await visit.says("No signal");
    const [socket] = visit.server.sockets;
    camera.answer = "sink_stalled";
    await visit.says("Camera is silent");
    assertEquals([...visit.server.sockets], [socket]);
  });

  await step("a lost connection is dialled again", async () => {
    await using visit = await Visit.begin(browser, "cameras/front/");
    await visit.says("No signal");
    const [socket] = visit.server.sockets;
    socket?.close(1001, "The server is restarting.");
    await visit.says("Connection lost");
    await visit.says("No signal");
    assertEquals(visit.server.sockets.size, 1);
    assertEquals(visit.complaints, []);
  });

  await step(
    "an ended session leads to the sign-in page and back",
    async () => {
      const ended = { code: 4401, reason: "Your session has ended." };
      await using visit = await Visit.begin(browser, "cameras/front/", {
        cameras: [{ ...FRONT, answer: ended }],
      });
      await visit.says("Signed out");
      await visit.page.getByRole("link", { name: "Sign in" }).click();
      await visit.page.waitForURL(
        `${visit.server.url}login?next=cameras%2Ffront%2F`,
      );
      assertEquals(visit.complaints, []);
      await visit.page.getByLabel("Name").fill(" ada ");
      await visit.page.getByLabel("Password").fill(" horse ");
      await visit.page.getByRole("button", { name: "Sign in" }).click();
      await visit.page.waitForURL(`${visit.server.url}cameras/front/`);
      assertEquals(visit.server.posted, [{
        path: "/some/prefix/api/login",
        body: { user: "ada", password: " horse " },
      }]);
    },
  );

  for (
    const { code, title } of [
      { code: 4403, title: "No permission" },
      { code: 4404, title: "No such camera" },
    ]
  ) {
    await step(`close code ${code} is not retried for ever`, async () => {
      const answer = { code, reason: "" };
      await using visit = await Visit.begin(browser, "cameras/front/", {
        cameras: [{ ...FRONT, answer }],
      });
      await visit.says(title);
      // Longer than the first retries would take.
      await visit.page.waitForTimeout(2_000);
      assertEquals(visit.server.sockets.size, 0);
      await visit.says(title);
    });
  }

  await step("a refused WebSocket is explained by the API", async () => {
    await using visit = await Visit.begin(browser, "cameras/front/", {
      user: undefined,
    });
    await visit.says("Signed out");
  });

  await step(
    "a signed-out user leaves the tiles for the sign-in page",
    async () => {
      await using visit = await Visit.begin(browser, "");
      await visit.says("No signal");
      visit.server.state.user = undefined;
      await visit.page.waitForURL(`${visit.server.url}login`);
    },
  );

  await step("signing out posts and leads to the sign-in page", async () => {
    await using visit = await Visit.begin(browser, "");
    await visit.page.getByRole("button", { name: "Sign out" }).click();
    await visit.page.waitForURL(`${visit.server.url}login`);
    assertEquals(visit.server.posted[0]?.path, "/some/prefix/api/logout");
  });

  await step(
    "a login link's code is posted and leaves the address",
    async () => {
      await using visit = await Visit.begin(browser, "login#code=once", {
        loginStatus: 401,
      });
      await visit.page.getByRole("alert").waitFor();
      assertEquals(visit.page.url(), `${visit.server.url}login`);
      assertEquals(visit.server.posted[0]?.body, { code: "once" });
    },
  );

  await step("a login limit says how long to wait", async () => {
    await using visit = await Visit.begin(browser, "login", {
      loginStatus: 429,
    });
    await visit.page.getByLabel("Name").fill("ada");
    await visit.page.getByLabel("Password").fill("x");
    await visit.page.keyboard.press("Enter");
    await visit.page.getByText("Please wait 2 minutes").waitFor();
  });

  await step("the setup page sends code, name and password", async () => {
    await using visit = await Visit.begin(browser, "setup#code=first");
    const { page, server } = visit;
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password", { exact: true }).fill("long enough");
    await page.getByLabel("Password again").fill("something else");
    await page.keyboard.press("Enter");
    await page.getByText("The passwords differ.").waitFor();
    assertEquals(server.posted, []);
    await page.getByLabel("Password again").fill("long enough");
    await page.keyboard.press("Enter");
    await page.waitForURL(server.url);
    assertEquals(server.posted, [{
      path: "/some/prefix/api/setup",
      body: { code: "first", user: "ada", password: "long enough" },
    }]);
  });

  await step(
    "the setup page without a code says where to find it",
    async () => {
      await using visit = await Visit.begin(browser, "setup");
      await visit.page.getByText("open the link that nalgate printed")
        .waitFor();
      assertEquals(await visit.page.getByLabel("Name").isVisible(), false);
    },
  );

  for (
    const path of ["", "cameras/front/", "login", "setup#code=a", "broken"]
  ) {
    await step(`/${path} fits a phone, with targets for thumbs`, async () => {
      await using visit = await Visit.begin(browser, path, {
        size: { width: 360, height: 640 },
      });
      const { width, small } = await visit.page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        small: [...document.querySelectorAll("a, button, input")]
          .map((target) => target.getBoundingClientRect())
          .filter(({ width, height }) => width > 0 && height < 44)
          .length,
      }));
      assertEquals({ width, small }, { width: 360, small: 0 });
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    await step(`text stands out in ${colorScheme}`, async () => {
      for (const path of ["", "login", "broken"]) {
        await using visit = await Visit.begin(browser, path, { colorScheme });
        const least = await visit.page.evaluate(leastContrast);
        assert(least >= 4.5, `${path}: ${least}`);
      }
    });
  }

  await step("a tile keeps its size when its words change", async () => {
    const camera = { ...FRONT };
    await using visit = await Visit.begin(browser, "", { cameras: [camera] });
    await visit.says("No signal");
    const tile = visit.page.locator(".tile");
    const before = await tile.boundingBox();
    camera.answer = "permission_denied";
    await visit.says("No access to the camera");
    assertEquals(await tile.boundingBox(), before);
  });

  await browser.close();
});

/** The smallest WCAG 2 contrast of the page's text; runs in the browser. */
function leastContrast(): number {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? [])
      .map((part) => Number(part) / 255)
      .map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backdrop = (element: Element | null): string => {
    if (element === null) return "rgb(255, 255, 255)";
    const color = getComputedStyle(element).backgroundColor;
    const isSolid = /^rgb\(/.test(color);
    return isSolid ? color : backdrop(element.parentElement);
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && !element.matches("noscript, script") &&
    [...element.childNodes].some((node) =>
      node.nodeType === Node.TEXT_NODE && node.textContent?.trim()
    )
  );
  return Math.min(...texts.map((element) => {
    const pair = [getComputedStyle(element).color, backdrop(element)]
      .map(luminance).sort((a, b) => b - a);
    return ((pair[0] ?? 0) + 0.05) / ((pair[1] ?? 0) + 0.05);
  }));
}
