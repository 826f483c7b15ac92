/**
 * A whole nalgate as a user runs it: a configuration file, users made by the
 * command line, `nalgate serve`.
 *
 * @module
 */

import type { Page } from "playwright-core";
import { temporaryFolder } from "./gateway.ts";
import { argumentsOf, childrenOf, TestProcess } from "./process.ts";

/** The password of every user. */
export const PASSWORD = "correct horse battery";

const LOOPBACK = "listen: 127.0.0.1:0";

/** Runs a task of deno.json, as the README tells people to. */
export function runTask(task: string, ...args: string[]): TestProcess {
  return new TestProcess({
    args: ["task", "-q", task, ...args],
    env: { NO_COLOR: "1" },
  });
}

/** A user, and the cameras that they may view. */
export type Viewers = Readonly<Record<string, readonly string[]>>;

/** A running nalgate, with its users. */
export class Site implements AsyncDisposable {
  private constructor(
    readonly url: string,
    public supervisor: TestProcess,
    readonly configFile: string,
    readonly folder: AsyncDisposable & { readonly path: string },
  ) {}

  /** Starts one with cameras on these sinks, or with cameras as configured. */
  static async start(
    { sinks = {}, viewers, config = engineConfig(sinks), network = LOOPBACK }: {
      sinks?: Readonly<Record<string, string>>;
      viewers: Viewers;
      config?: string;
      /** The lines that say where it is. */
      network?: string;
    },
  ): Promise<Site> {
    const folder = await temporaryFolder();
    const file = `${folder.path}/nalgate.yaml`;
    await Deno.writeTextFile(
      file,
      `${network}\nstate: ${folder.path}/state\n${config}`,
    );
    for (const [user, globs] of Object.entries(viewers)) {
      await command(
        ["user", "add", user, "--config", file, ...globs.flatMap(asFlags)],
        `${PASSWORD}\n`,
      );
    }
    const { url, supervisor } = await serve(file);
    return new Site(url, supervisor, file, folder);
  }

  /** Ends all of it as a power cut does. */
  async cut(): Promise<void> {
    // From the top: nobody is left to start anything again.
    for (const pid of await treeOf(this.supervisor.pid)) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended with its parent.
      }
    }
    await this.supervisor.exit();
    await this.supervisor[Symbol.asyncDispose]();
  }

  /** Starts it again after a cut. */
  async restart(): Promise<void> {
    ({ supervisor: this.supervisor } = await serve(this.configFile));
  }

  /** Signs in as a person does. */
  async signIn(page: Page, user: string): Promise<void> {
    await page.goto(`${this.url}login`);
    await page.fill("#user", user);
    await page.fill("#password", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector("#sign-out");
  }

  /** One of its processes as it runs now. */
  async pidOf(name: "gateway" | "engine" | "janus"): Promise<number> {
    const found = await findDescendant(this.supervisor.pid, name);
    if (found === undefined) throw new Error(`no ${name} runs`);
    return found;
  }

  /** Writes its configuration anew; where it is stays. */
  async configure(config: string): Promise<void> {
    const text = await Deno.readTextFile(this.configFile);
    const [head = ""] = /^[^]*?\nstate: .*\n/.exec(text) ?? [];
    await Deno.writeTextFile(this.configFile, head + config);
  }

  /** Runs a command of the command line on its configuration. */
  async command(args: readonly string[]): Promise<void> {
    await command([...args, "--config", this.configFile], "");
  }

  /** All its processes as they run now. */
  async pids(): Promise<readonly number[]> {
    return (await treeOf(this.supervisor.pid)).slice(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.supervisor.kill("SIGTERM");
    } catch {
      // The test has ended it.
    }
    await this.supervisor.exit();
    await this.supervisor[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

async function serve(
  file: string,
): Promise<{ url: string; supervisor: TestProcess }> {
  const supervisor = runTask("serve", "--config", file);
  const [, url = ""] = await supervisor.output(
    "stdout",
    /nalgate is at (\S+)/,
  );
  return { url, supervisor };
}

/** A process and all below it, parents first. */
async function treeOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

function engineConfig(sinks: Readonly<Record<string, string>>): string {
  const cameras = Object.entries(sinks)
    .map(([name, sink]) => `  ${name}: { sink: "${sink}" }\n`);
  return `engine: { addresses: [127.0.0.1] }\ncameras:\n${cameras.join("")}`;
}

function asFlags(glob: string): string[] {
  return ["--camera", glob];
}

async function command(args: string[], input: string): Promise<void> {
  await using process = runTask("nalgate", ...args);
  await process.write(input);
  await process.closeInput();
  const { code } = await process.exit();
  if (code !== 0) throw new Error(`${args.join(" ")}: ${process.stderr}`);
}

async function findDescendant(
  pid: number,
  name: string,
): Promise<number | undefined> {
  for (const child of await childrenOf(pid)) {
    const args = await argumentsOf(child);
    const isJanus = args[0]?.endsWith(`/${name}`) ?? false;
    if (isJanus || args.at(-2) === name || args.at(-1) === name) return child;
    const deeper = await findDescendant(child, name);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
