import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { GATEWAYS_RETIRED_MAX } from "../../../src/limits.ts";
import { Logger } from "../../../src/log.ts";
import { Gateways } from "../../../src/supervisor/gateways.ts";
import { Service } from "../../../src/supervisor/service.ts";
import type { ChildScript } from "../../support/child_script.ts";
import { temporaryFolder } from "../../support/gateway.ts";
import { isRunning } from "../../support/process.ts";

const SCRIPT = fromFileUrl(
  new URL("../../support/child_script.ts", import.meta.url),
);

/** Gateways that are small scripts, each of which notes its orders. */
class Scene implements AsyncDisposable {
  readonly gateways: Gateways;
  readonly lines: string[] = [];
  /** The processes that got ready, in order. */
  readonly pids: number[] = [];
  readonly programs: { readonly takesOver: boolean }[] = [];
  refusals = 0;
  stays = 0;

  private constructor(
    readonly folder: AsyncDisposable & { readonly path: string },
    scripts: readonly ChildScript[],
  ) {
    const log = new Logger("test", {
      level: "info",
      format: "json",
      write: (line) => this.lines.push(line),
    });
    this.gateways = new Gateways({
      service: (options) => new Service({ ...options, log }),
      program: (how) => {
        const number = this.programs.push(how) - 1;
        const ordersTo = this.#orders(number);
        return {
          name: "gateway",
          command: Deno.execPath(),
          args: [
            "run",
            "-q",
            "--no-prompt",
            `--allow-write=${ordersTo}`,
            SCRIPT,
          ],
          env: { HOME: Deno.env.get("HOME") ?? "/" },
          handover: { ...scripts[number], ordersTo } satisfies ChildScript,
        };
      },
      onReady: (answer) => {
        this.pids.push((answer as unknown as { pid: number }).pid);
      },
      onRefused: () => this.refusals++,
      onStays: () => this.stays++,
      log,
    });
  }

  /** Starts the first one; the scripts go to the processes in turn. */
  static async start(scripts: readonly ChildScript[] = []): Promise<Scene> {
    const scene = new Scene(await temporaryFolder(), scripts);
    scene.gateways.start();
    await scene.until(() => scene.pids.length === 1);
    return scene;
  }

  async replace(how = { keepsViewers: true }): Promise<void> {
    const count = this.pids.length;
    this.gateways.replace(how);
    await this.until(() => this.pids.length > count);
  }

  /** The kinds of orders that a process got. */
  async orders(number: number): Promise<string[]> {
    const text = await Deno.readTextFile(this.#orders(number)).catch(() => "");
    return text.split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line).kind);
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; !await holds(); tries++) {
      assert(tries < 500, this.lines.join("\n"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #orders(number: number): string {
    return `${this.folder.path}/${number}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateways.stop();
    for (const pid of this.pids) assert(!await isRunning(pid));
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("Gateways.replace() keeps the one before until it ends by itself", async () => {
  await using scene = await Scene.start();
  await scene.replace();
  await scene.until(async () => (await scene.orders(0)).length > 0);
  assertEquals(await scene.orders(0), ["retire"]);
  assertEquals(await scene.orders(1), []);
  assertEquals(scene.programs, [{ takesOver: false }, { takesOver: true }]);
  const [first = 0, second = 0] = scene.pids;
  assert(await isRunning(first));
  scene.gateways.send({ kind: "retire" });
  for (const [number, count] of [[0, 2], [1, 1]] as const) {
    await scene.until(async () =>
      (await scene.orders(number)).length === count
    );
  }
  Deno.kill(first, "SIGTERM");
  // The newer one is started again; nobody stands in its way.
  Deno.kill(second, "SIGKILL");
  await scene.until(() => scene.pids.length === 3);
  assertEquals(scene.programs.at(-1), { takesOver: false });
  assertEquals(scene.programs.length, 3);
});

Deno.test("Gateways.replace() leaves everything when no successor comes", async () => {
  await using scene = await Scene.start([{}, { refuse: 69 }, { refuse: 78 }]);
  for (const stays of [1, 2]) {
    scene.gateways.replace({ keepsViewers: true });
    await scene.until(() => scene.stays === stays);
  }
  assertEquals(await scene.orders(0), []);
  assertEquals([scene.pids.length, scene.refusals], [1, 0]);
  const reasons = scene.lines.filter((line) => line.includes("fully"))
    .map((line) => JSON.parse(line).reason.split(";")[0]);
  assertEquals(reasons, [
    "an address is in use",
    "another gateway does not start",
  ]);
  await scene.replace();
});

Deno.test("Gateways.replace() lets the oldest go beyond the bound", async () => {
  await using scene = await Scene.start();
  for (let count = 0; count <= GATEWAYS_RETIRED_MAX; count++) {
    await scene.replace();
  }
  const [oldest = 0, ...others] = scene.pids;
  await scene.until(async () => !await isRunning(oldest));
  for (const pid of others) assert(await isRunning(pid));
});

Deno.test("Gateways.replace() waits for the one that is on its way", async () => {
  await using scene = await Scene.start();
  for (let count = 0; count < 5; count++) {
    scene.gateways.replace({ keepsViewers: true });
  }
  await scene.until(() => scene.pids.length === 3);
  assertEquals(scene.programs.length, 3);
});

Deno.test("Gateways.replace() may end the one before", async () => {
  await using scene = await Scene.start();
  await scene.replace({ keepsViewers: false });
  const [first = 0] = scene.pids;
  await scene.until(async () => !await isRunning(first));
  assertEquals(await scene.orders(0), []);
});
