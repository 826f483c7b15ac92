/** What tests of the gateway start from. */

import { Logger } from "../../src/log.ts";
import type { AccessConfig } from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/parse.ts";
import { Auth } from "../../src/gateway/auth/auth.ts";
import type { Grant } from "../../src/config/grant.ts";
import { type User, Users } from "../../src/gateway/auth/users.ts";

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<
  AsyncDisposable & { readonly path: string }
> {
  const path = await Deno.makeTempDir({ prefix: "nalgate-test-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A logger of everything, and what it wrote. */
export function recordingLog(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const log = new Logger("test", {
    level: "debug",
    format: "json",
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

/** A clock that stands still until it is moved. */
export interface Clock {
  now: () => number;
  advance: (ms: number) => void;
}

/** A clock that begins at the real time. */
export function testClock(): Clock {
  let time = Date.now();
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}

/** An `Auth` on a folder of its own. */
export async function testAuth(
  { clock = testClock(), access = {} }: {
    clock?: Clock;
    access?: Partial<AccessConfig>;
  } = {},
) {
  const folder = await temporaryFolder();
  const { log, lines } = recordingLog();
  const auth = await Auth.open({
    stateDir: folder.path,
    access: { ...defaultConfig().access, ...access },
    log,
    now: clock.now,
    uptime: clock.now,
  });
  return {
    auth,
    clock,
    lines,
    stateDir: folder.path,
    async [Symbol.asyncDispose]() {
      await auth[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A PHC string of "correct horse", cheap to verify. */
export const CHEAP_PHC =
  "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$4Smw+8uJE9vkMuQHTI8JCch07funn1w88/v1CwyXAOw";

/** Adds a user as the command line does: by the file. */
export async function addUser(
  stateDir: string,
  { name, password, grants = [], roles }: {
    name: string;
    password?: string;
    grants?: readonly Grant[];
    roles?: readonly string[] | undefined;
  },
): Promise<User> {
  const users = await Users.open(stateDir);
  const user = await users.add({ name, password, grants, roles });
  if (user === undefined) throw new TypeError(`Cannot add user ${name}`);
  return user;
}

/** Grants to view cameras. */
export function view(...cameras: readonly string[]): readonly Grant[] {
  return cameras.map((glob) => ({ right: "view", cameras: glob }));
}

/** Grants to administer cameras. */
export function admin(...cameras: readonly string[]): readonly Grant[] {
  return cameras.map((glob) => ({ right: "admin", cameras: glob }));
}
