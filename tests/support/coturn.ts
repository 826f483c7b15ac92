/**
 * Debian's coturn with a configuration of its own: TURN over UDP and TCP on
 * loopback for whoever has credentials made with its secret. It relays from
 * the machine's own address, since Janus never uses loopback.
 *
 * @module
 */

import { join } from "@std/path";
import { temporaryFolder } from "./gateway.ts";
import { freePort } from "./nalgate.ts";
import { TestProcess } from "./process.ts";

/** How it differs from what one should run. */
export interface CoturnOptions {
  /** More lines of turnserver.conf. */
  readonly lines?: readonly string[];
  /** Relays for anybody. */
  readonly isOpen?: boolean;
}

/** Runs until disposed of. */
export class Coturn implements AsyncDisposable {
  private constructor(
    readonly secret: string,
    /** For `secret_file`. */
    readonly secretFile: string,
    readonly port: number,
    readonly process: TestProcess,
    private readonly around: AsyncDisposableStack,
  ) {}

  static async start(
    { lines = [], isOpen = false }: CoturnOptions = {},
  ): Promise<Coturn> {
    await using around = new AsyncDisposableStack();
    const { path } = around.use(await temporaryFolder());
    const secret = crypto.randomUUID();
    const port = freePort();
    const file = join(path, "turnserver.conf");
    const secretFile = join(path, "secret");
    await Deno.writeTextFile(secretFile, `${secret}\n`);
    await Deno.writeTextFile(
      file,
      [
        "listening-ip=127.0.0.1",
        `relay-ip=${ownAddress()}`,
        `listening-port=${port}`,
        "realm=nalgate.test",
        ...isOpen
          ? ["no-auth"]
          : ["use-auth-secret", `static-auth-secret=${secret}`],
        "no-cli",
        "no-tls",
        "no-dtls",
        "no-rfc5780",
        `userdb=${join(path, "turndb")}`,
        `pidfile=${join(path, "pid")}`,
        "log-file=stdout",
        ...lines,
        "",
      ].join("\n"),
    );
    const process = around.use(
      new TestProcess({ command: "turnserver", args: ["-c", file] }),
    );
    await answers(port);
    return new Coturn(secret, secretFile, port, process, around.move());
  }

  /** Its URI for browsers. */
  url(transport: "udp" | "tcp"): string {
    return `turn:127.0.0.1:${this.port}?transport=${transport}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.around[Symbol.asyncDispose]();
  }
}

function ownAddress(): string {
  const own = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  return own?.address ?? "127.0.0.1";
}

/** UDP and TCP are bound together. */
async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("Cannot start coturn: its port stays closed");
}
