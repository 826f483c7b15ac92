/**
 * Tries, with the permissions of a process of ours, what such a process never
 * does. Reads its targets from standard input, writes one line of JSON per
 * attempt: its name, and whether it was refused.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { hostname } from "node:os";
import process from "node:process";

/** What is there to be tried. */
export interface Targets {
  /** A folder that the process may write to. */
  readonly stateDir: string;
  /** A port of loopback that is nobody's upstream. */
  readonly port: number;
}

/** How one attempt ended. */
export interface Trespass {
  readonly name: string;
  readonly refused: boolean;
  /** The error's name, or what there was instead of one. */
  readonly outcome: string;
}

type Attempts = Readonly<Record<string, () => unknown>>;

function attempts({ stateDir, port }: Targets): Attempts {
  const local = { hostname: "127.0.0.1", port };
  return {
    "native code": () => Deno.dlopen("libc.so.6", {}),
    "a native package": () => process.dlopen({ exports: {} }, "/a.node"),
    "a program": () => new Deno.Command("id").outputSync(),
    "this very program": () => new Deno.Command(Deno.execPath()).outputSync(),
    "a program, as in Node": () => {
      // Refused without a word: no output, no status, no error.
      if (!spawnSync("id").stdout) throw new Deno.errors.NotCapable();
    },
    "a signal to others": () => Deno.kill(1, "SIGCONT"),
    "another port of loopback": () => Deno.connect(local),
    "another port, as in Node": () =>
      new Promise((resolve, reject) =>
        connect(port, "127.0.0.1").once("connect", resolve)
          .once("error", reject)
      ),
    "a foreign host": () => fetch("http://192.0.2.1/"),
    "cloud metadata": () => fetch("http://169.254.169.254/latest/meta-data/"),
    "a WebSocket elsewhere": () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
        socket.onopen = resolve;
        socket.onerror = () => reject(new Deno.errors.NotCapable());
      }),
    "a name": () => Deno.resolveDns("evil.example", "A"),
    "listening elsewhere": () => Deno.listen(local),
    "a socket in the file system": () =>
      Deno.connect({ transport: "unix", path: "/run/systemd/notify" }),
    "code from elsewhere": () => import("http://127.0.0.1:" + port + "/x.ts"),
    "the users of the machine": () => Deno.readTextFileSync("/etc/passwd"),
    "the users of the machine, as in Node": () => readFileSync("/etc/passwd"),
    "shared memory": () => [...Deno.readDirSync("/dev/shm")],
    "its own memory": () => Deno.openSync("/proc/self/mem"),
    "its own environment": () => Deno.readTextFileSync("/proc/self/environ"),
    "the whole disk": () => [...Deno.readDirSync("/")],
    "its state's neighbour": () => Deno.readDirSync(`${stateDir}/..`).next(),
    "a link out of its state": () => {
      Deno.symlinkSync("/etc/passwd", `${stateDir}/link`);
      return Deno.readTextFileSync(`${stateDir}/link`);
    },
    "a file elsewhere": () => Deno.writeTextFileSync("/tmp/trespass", ""),
    "its own code": () =>
      Deno.openSync(new URL("../../src/main.ts", import.meta.url), {
        write: true,
      }),
    "the host's name": () => hostname(),
    "asking for more": async () => {
      const { state } = await Deno.permissions.request({ name: "run" });
      if (state !== "granted") throw new Deno.errors.NotCapable();
    },
    "somebody's environment": () => {
      if (Deno.env.get("CANARY") === undefined) {
        throw new Deno.errors.NotCapable();
      }
    },
  };
}

const REFUSALS = /^(?:NotCapable|PermissionDenied)$/;

async function attempt(name: string, act: () => unknown): Promise<Trespass> {
  try {
    return { name, refused: false, outcome: typeof await act() };
  } catch (error) {
    const { name: kind, message, cause } = error as Error;
    const text = `${kind}: ${message} ${cause ?? ""}`;
    const refused = REFUSALS.test(kind) ||
      /NotCapable|--cached-only|Requires \w+ access|EACCES|EPERM/.test(text);
    return { name, refused, outcome: text };
  }
}

if (import.meta.main) {
  const chunk = new Uint8Array(64 * 1024);
  const size = await Deno.stdin.read(chunk) ?? 0;
  const targets = JSON.parse(new TextDecoder().decode(chunk.subarray(0, size)));
  Deno.writeTextFileSync(`${targets.stateDir}/own`, "");
  for (const [name, act] of Object.entries(attempts(targets))) {
    const line = JSON.stringify(await attempt(name, act)) + "\n";
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  }
  Deno.exit(0);
}
