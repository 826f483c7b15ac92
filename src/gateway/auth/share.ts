/**
 * Share links: whoever has one may view one camera until it ends or is
 * revoked. They stand in `shares.json`, their secrets hashed; the command
 * line edits the file while the gateway runs.
 *
 * @module
 */

import { join } from "@std/path";
import { z } from "zod";
import { isCameraGlob } from "../../config/grant.ts";
import { GatewayError } from "../../errors.ts";
import {
  SHARE_AGE_MAX_MS,
  SHARES_MAX,
  TITLE_LENGTH_MAX,
} from "../../limits.ts";
import { hashOf, newId, newSecret, sameSecret } from "./secret.ts";
import { removeFrom, StateFile } from "./state_file.ts";

/** Who made a link: what they may do bounds what it lets others do. */
export interface ShareCreator {
  readonly userId: string;
  readonly user: string;
  /** What grants it, if no user of ours has that id. */
  readonly roles?: readonly string[] | undefined;
}

/** A link, without its secret. Times are milliseconds since the epoch. */
export interface ShareRecord {
  readonly id: string;
  readonly hash: string;
  /** The camera's key. */
  readonly camera: string;
  readonly note?: string | undefined;
  readonly creator: ShareCreator;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What a note may be: for people, so any text on one line. */
export const SHARE_NOTE = z.string().trim().min(1).max(TITLE_LENGTH_MAX)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u);

const FILE = z.array(z.strictObject({
  id: z.string(),
  hash: z.string(),
  // An exact name is a glob, too.
  camera: z.string().refine(isCameraGlob),
  note: SHARE_NOTE.optional(),
  creator: z.strictObject({
    userId: z.string(),
    user: z.string(),
    roles: z.array(z.string()).optional(),
  }),
  createdAt: z.number(),
  expiresAt: z.number(),
})).max(SHARES_MAX);

/** Makes, finds and revokes share links. */
export class Shares {
  readonly #file: StateFile<readonly ShareRecord[]>;
  readonly #now: () => number;

  private constructor(
    file: StateFile<readonly ShareRecord[]>,
    now: () => number,
  ) {
    this.#file = file;
    this.#now = now;
  }

  /** Opens `shares.json` of a state folder. */
  static async open(
    { stateDir, now }: { stateDir: string; now: () => number },
  ): Promise<Shares> {
    const file = await StateFile.open<readonly ShareRecord[]>({
      path: join(stateDir, "shares.json"),
      parse: (json) => FILE.parse(json),
      empty: [],
    });
    return new Shares(file, now);
  }

  /** The links that have not expired. */
  get all(): readonly ShareRecord[] {
    return this.#living(this.#file.value);
  }

  /** Looks whether somebody else edited the list. */
  refresh(): Promise<boolean> {
    return this.#file.refresh();
  }

  /** The living link of that id. */
  byId(id: string): ShareRecord | undefined {
    return this.all.find((share) => share.id === id);
  }

  /** The living link with this secret. */
  find(code: string): ShareRecord | undefined {
    const hash = hashOf(code);
    return this.all.find((share) => sameSecret(share.hash, hash));
  }

  /**
   * Makes a link: the only time that anybody sees its secret.
   *
   * @throws {GatewayError} `overloaded`.
   */
  async create(
    { ageMaxMs, ...what }:
      & Pick<ShareRecord, "camera" | "creator" | "note">
      & { ageMaxMs: number },
  ): Promise<{ code: string; share: ShareRecord }> {
    const code = newSecret();
    const createdAt = this.#now();
    const share: ShareRecord = {
      ...what,
      id: newId(),
      hash: hashOf(code),
      createdAt,
      expiresAt: createdAt + Math.min(ageMaxMs, SHARE_AGE_MAX_MS),
    };
    await this.#file.update((before) => {
      const living = this.#living(before);
      if (living.length >= SHARES_MAX) {
        throw new GatewayError("overloaded", {
          context: { shares: SHARES_MAX },
        });
      }
      return [...living, share];
    });
    return { code, share };
  }

  /** Takes a link from the list; returns whether there was one. */
  async revoke(id: string): Promise<boolean> {
    return await removeFrom(this.#file, (share) => share.id === id) > 0;
  }

  #living(shares: readonly ShareRecord[]): readonly ShareRecord[] {
    const now = this.#now();
    return shares.filter(({ expiresAt }) => now < expiresAt);
  }
}

/** Links that one may put after `public_url`; the fragment is in no log. */
export function shareLink(base: string, code: string): string {
  return `${base}share#code=${code}`;
}
