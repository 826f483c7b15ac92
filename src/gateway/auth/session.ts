/**
 * Sessions of browsers: an opaque cookie here, its hash and what it stands
 * for there. Only the gateway writes `sessions.json`, so that its restart
 * signs nobody out.
 *
 * @module
 */

import { join } from "@std/path";
import { z } from "zod";
import {
  SESSION_AGE_MAX_MS,
  SESSION_IDLE_MAX_MS,
  SESSION_SAVE_INTERVAL_MS,
  SESSIONS_MAX,
  SESSIONS_PER_SHARE_MAX,
  SESSIONS_PER_USER_MAX,
} from "../../limits.ts";
import { hashOf, newSecret } from "./secret.ts";
import { StateFile } from "./state_file.ts";
import type { User } from "./users.ts";

/** What a session stands for, if not for one of our users. */
export type SessionAs =
  /** Whoever has the link. */
  | { readonly kind: "share"; readonly share: string }
  /** Whom an identity provider has signed in. */
  | {
    readonly kind: "provider";
    readonly provider: string;
    readonly name: string;
    readonly roles: readonly string[];
  };

/** One signed-in browser. Times are milliseconds since the epoch. */
export interface Session {
  /** A user's, or one that its share or provider has made up. */
  readonly userId: string;
  /** The user's `sessionsFrom` when it was opened: another one ends it. */
  readonly sessionsFrom: number;
  readonly createdAt: number;
  /** None: for the user. */
  readonly as?: SessionAs | undefined;
  usedAt: number;
}

const AS = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("share"), share: z.string() }),
  z.strictObject({
    kind: z.literal("provider"),
    provider: z.string(),
    name: z.string(),
    roles: z.array(z.string()),
  }),
]);

const FILE = z.record(
  z.string(),
  z.strictObject({
    userId: z.string(),
    sessionsFrom: z.number(),
    createdAt: z.number(),
    as: AS.optional(),
    usedAt: z.number(),
  }),
);

/** Opens, finds and ends sessions. */
export class Sessions implements AsyncDisposable {
  readonly #file: StateFile<Record<string, Session>>;
  readonly #now: () => number;
  readonly #onSaveError: (error: unknown) => void;
  /** By the hash of the cookie. */
  readonly #sessions: Map<string, Session>;
  #savedAt: number;
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    file: StateFile<Record<string, Session>>,
    { now, onSaveError }: SessionsOptions,
  ) {
    this.#file = file;
    this.#now = now;
    this.#onSaveError = onSaveError;
    this.#sessions = new Map(Object.entries(file.value));
    this.#savedAt = now();
  }

  /** Opens `sessions.json` of a state folder. */
  static async open(options: SessionsOptions): Promise<Sessions> {
    const file = await StateFile.open<Record<string, Session>>({
      path: join(options.stateDir, "sessions.json"),
      parse: (json) => FILE.parse(json),
      empty: {},
    });
    return new Sessions(file, options);
  }

  /** Opens a session and returns the secret for its cookie. */
  open(user: Pick<User, "id" | "sessionsFrom">, as?: SessionAs): string {
    this.#prune();
    const all = [...this.#sessions];
    const own = all.filter(([, { userId }]) => userId === user.id);
    const isShare = as?.kind === "share";
    this.#makeRoom(
      own,
      isShare ? SESSIONS_PER_SHARE_MAX : SESSIONS_PER_USER_MAX,
    );
    this.#makeRoom(all, SESSIONS_MAX);
    const secret = newSecret();
    const now = this.#now();
    this.#sessions.set(hashOf(secret), {
      userId: user.id,
      sessionsFrom: user.sessionsFrom,
      createdAt: now,
      ...as === undefined ? {} : { as },
      usedAt: now,
    });
    this.#save();
    return secret;
  }

  /** The session under a key ({@linkcode hashOf} of the cookie), if it lives. */
  find(key: string): Session | undefined {
    const session = this.#sessions.get(key);
    return session !== undefined && this.#lives(session) ? session : undefined;
  }

  /** Notes that a session is in use. */
  touch(session: Session): void {
    session.usedAt = this.#now();
    if (session.usedAt - this.#savedAt > SESSION_SAVE_INTERVAL_MS) this.#save();
  }

  end(key: string): void {
    if (this.#sessions.delete(key)) this.#save();
  }

  /** Waits until everything is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#save();
    await this.#saving;
  }

  #lives({ createdAt, usedAt }: Session): boolean {
    const now = this.#now();
    return now < createdAt + SESSION_AGE_MAX_MS &&
      now < usedAt + SESSION_IDLE_MAX_MS;
  }

  /** Ends the least used, so that there may be one more. */
  #makeRoom(sessions: readonly (readonly [string, Session])[], max: number) {
    const surplus = sessions.length + 1 - max;
    if (surplus <= 0) return;
    const byUse = sessions.toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key] of byUse.slice(0, surplus)) this.#sessions.delete(key);
  }

  #prune(): void {
    for (const [key, session] of this.#sessions) {
      if (!this.#lives(session)) this.#sessions.delete(key);
    }
  }

  /** One write after the other; each writes what is true when it starts. */
  #save(): void {
    this.#savedAt = this.#now();
    this.#saving = this.#saving.then(async () => {
      await this.#file.update(() => Object.fromEntries(this.#sessions));
    }).catch(this.#onSaveError);
  }
}

/** What {@linkcode Sessions} needs. */
export interface SessionsOptions {
  readonly stateDir: string;
  readonly now: () => number;
  /** Sessions go on in memory when the disk is full. */
  readonly onSaveError: (error: unknown) => void;
}
