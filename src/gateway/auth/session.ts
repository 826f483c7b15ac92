/**
 * Sessions of browsers: an opaque cookie here, its hash and what it stands
 * for there. `sessions.json` keeps them, so that a restart signs nobody out.
 *
 * For a while two gateways may share the file, when one takes over from the
 * other. So nobody writes what it remembers: each puts into the file as it is
 * what it has itself opened, used or ended.
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
  #sessions: Map<string, Session>;
  /** Keys of ours that the file does not know yet, and knows still. */
  readonly #opened = new Set<string>();
  readonly #ended = new Set<string>();
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
    this.#opened.add(hashOf(secret));
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
    if (!this.#sessions.has(key)) return;
    this.#forget(key);
    this.#save();
  }

  /** What has ended a session that stands for nobody any more. */
  endedBy(key: string): "signed_out" | "expired" | "revoked" {
    const session = this.#sessions.get(key);
    if (session === undefined) return "signed_out";
    return this.#lives(session) ? "revoked" : "expired";
  }

  /** Looks whether another gateway has written; never while we write. */
  refresh(): Promise<boolean> {
    const refreshed = this.#saving.then(async () => {
      const isNew = await this.#file.refresh();
      if (isNew) this.#sessions = this.#merge(this.#file.value);
      return isNew;
    });
    this.#saving = refreshed.then(() => {}, () => {});
    return refreshed;
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

  #forget(key: string): void {
    this.#sessions.delete(key);
    this.#opened.delete(key);
    this.#ended.add(key);
  }

  /** Ends the least used, so that there may be one more. */
  #makeRoom(sessions: readonly (readonly [string, Session])[], max: number) {
    const surplus = sessions.length + 1 - max;
    if (surplus <= 0) return;
    const byUse = sessions.toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key] of byUse.slice(0, surplus)) this.#forget(key);
  }

  #prune(): void {
    for (const [key, session] of this.#sessions) {
      if (!this.#lives(session)) this.#forget(key);
    }
  }

  /** One write after the other. */
  #save(): void {
    this.#savedAt = this.#now();
    this.#saving = this.#saving.then(() => this.#write())
      .catch(this.#onSaveError);
  }

  async #write(): Promise<void> {
    let [opened, ended]: string[][] = [];
    await this.#file.update((before) => {
      [opened, ended] = [[...this.#opened], [...this.#ended]];
      const living = [...this.#merge(before)]
        .filter(([, session]) => this.#lives(session));
      return Object.fromEntries(living);
    });
    for (const key of opened ?? []) this.#opened.delete(key);
    for (const key of ended ?? []) this.#ended.delete(key);
    this.#sessions = this.#merge(this.#file.value);
  }

  /** What the file says, and what we know better. */
  #merge(file: Readonly<Record<string, Session>>): Map<string, Session> {
    const merged = new Map<string, Session>();
    for (const [key, theirs] of Object.entries(file)) {
      if (this.#ended.has(key)) continue;
      const usedAt = this.#sessions.get(key)?.usedAt ?? 0;
      merged.set(key, { ...theirs, usedAt: Math.max(theirs.usedAt, usedAt) });
    }
    for (const key of this.#opened) {
      const ours = this.#sessions.get(key);
      if (ours !== undefined) merged.set(key, ours);
    }
    return merged;
  }
}

/** What {@linkcode Sessions} needs. */
export interface SessionsOptions {
  readonly stateDir: string;
  readonly now: () => number;
  /** Sessions go on in memory when the disk is full. */
  readonly onSaveError: (error: unknown) => void;
}
