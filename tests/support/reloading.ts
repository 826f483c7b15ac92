/**
 * A `nalgate serve` whose configuration file is changed while it runs, with
 * one user who may view everything.
 *
 * @module
 */

import { addUser, CHEAP_PHC, view } from "./gateway.ts";
import { freePort, startNalgate, Workplace } from "./nalgate.ts";
import { argumentsOf, childrenOf, type TestProcess } from "./process.ts";
import { handshake, type WatchResult } from "./handshake.ts";
import { PASSWORD } from "./running_gateway.ts";

type Line = Readonly<Record<string, unknown>>;

/** A running one. */
export class Reloading implements AsyncDisposable {
  /** Reloads that a test has asked for already. */
  #seen = 0;

  private constructor(
    readonly place: Workplace,
    readonly serve: TestProcess,
    readonly file: string,
    readonly listen: string,
  ) {}

  /** Starts it; `early` is called when it has just been started. */
  static async start(
    yaml: string,
    { early }: { early?: (site: Reloading) => Promise<void> } = {},
  ): Promise<Reloading> {
    const place = await Workplace.create();
    const listen = `127.0.0.1:${freePort()}`;
    const state = `${place.folder}/state`;
    await Deno.mkdir(state);
    const grants = view("**");
    await addUser(state, { name: "ann", password: CHEAP_PHC, grants });
    const file = await place.configure(`listen: ${listen}\n${yaml}`);
    const serve = startNalgate("serve", "--config", file);
    const site = new Reloading(place, serve, file, listen);
    await serve.output("stderr", /"configured"/);
    await early?.(site);
    await serve.output("stdout", /is at/);
    return site;
  }

  get url(): string {
    return `http://${this.listen}/`;
  }

  /** Writes the file in place. */
  async write(yaml: string, { listen = this.listen } = {}): Promise<void> {
    await this.place.configure(`listen: ${listen}\n${yaml}`);
  }

  /** Moves another file into place, as editors do. */
  async replace(yaml: string): Promise<void> {
    const draft = `${this.file}.new`;
    const text = `state: state\nlisten: ${this.listen}\n${yaml}`;
    await Deno.writeTextFile(draft, text);
    await Deno.rename(draft, this.file);
  }

  /** Log lines of an event. */
  lines(event: string): readonly Line[] {
    return this.serve.stderr.split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line): Line => JSON.parse(line))
      .filter((line) => line.event === event);
  }

  /** What the audit says of reloads. */
  get audits(): readonly Line[] {
    return this.lines("configuration reloaded");
  }

  /** Waits for the next reload that says this. */
  async reloaded(expected: Line): Promise<void> {
    await this.until(() => {
      const at = this.audits.findIndex((line, index) =>
        index >= this.#seen &&
        Object.entries(expected).every(([key, value]) => line[key] === value)
      );
      if (at !== -1) this.#seen = at + 1;
      return at !== -1;
    }, () => `${JSON.stringify(expected)}: ${JSON.stringify(this.audits)}`);
  }

  /** Waits until something holds. */
  async until(
    holds: () => boolean | Promise<boolean>,
    why: () => string = () => this.serve.stderr,
  ): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it does not come: ${why()}`);
  }

  /** The gateways' ids: first that which serves newcomers. */
  gateways(): Promise<readonly number[]> {
    return this.#children("gateway");
  }

  /** The engine's id, if it runs. */
  async engine(): Promise<number | undefined> {
    return (await this.#children("engine"))[0];
  }

  /** The ids of its Januses. */
  januses(): Promise<readonly number[]> {
    return this.#children("--disable-colors");
  }

  /** Children by their last argument. */
  async #children(wanted: string): Promise<readonly number[]> {
    const found: number[] = [];
    for (const pid of await childrenOf(this.serve.pid)) {
      const last = (await argumentsOf(pid)).filter((arg) => arg !== "").at(-1);
      if (last === wanted) found.push(pid);
    }
    return found.sort((one, other) => other - one);
  }

  async signIn(): Promise<string> {
    const { headers } = await this.#post("api/login", {}, {
      user: "ann",
      password: PASSWORD,
    });
    return headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  async signOut(cookie: string): Promise<void> {
    await this.#post("api/logout", { cookie });
  }

  /** The titles of the cameras. */
  async titles(cookie: string): Promise<readonly string[]> {
    return (await this.cameras(cookie)).map(({ title }) => title);
  }

  /** What users are told of cameras. */
  async cameras(
    cookie: string,
  ): Promise<readonly { readonly title: string; readonly state: string }[]> {
    const response = await fetch(`${this.url}api/cameras`, {
      headers: { cookie },
    });
    const { cameras = [] } = await response.json();
    return cameras;
  }

  /** Opens a camera's socket. */
  watch(camera: string, cookie: string): Promise<WatchResult> {
    const origin = this.url.slice(0, -1);
    const url = `ws://${this.listen}/cameras/${camera}/janus`;
    return handshake(url, { cookie, origin });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.serve[Symbol.asyncDispose]();
    await this.place[Symbol.asyncDispose]();
  }

  async #post(
    path: string,
    headers: Record<string, string>,
    json: unknown = {},
  ): Promise<Response> {
    const response = await fetch(this.url + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: this.url.slice(0, -1),
        ...headers,
      },
      body: JSON.stringify(json),
    });
    await response.body?.cancel();
    if (response.status !== 204) {
      throw new Error(`${path}: ${response.status}`);
    }
    return response;
  }
}
