/**
 * Tokens of machines, in `machines.json`: static, without a user behind them.
 * The list has their hashes only.
 *
 * @module
 */

import { join } from "@std/path";
import { z } from "zod";
import { GatewayError } from "../../errors.ts";
import { TOKENS_MAX } from "../../limits.ts";
import type { Grant } from "../../config/grant.ts";
import type { Credential, Principal } from "./principal.ts";
import { refusal } from "./refusal.ts";
import { hashOf, newId, newSecret, sameSecret } from "./secret.ts";
import { removeFrom, StateFile } from "./state_file.ts";
import { GRANTS, isUserName } from "./users.ts";

/** One machine's token, without its secret. */
export interface MachineRecord {
  readonly id: string;
  /** What lists and logs call it; two may share a name while one is replaced. */
  readonly name: string;
  /** Of the secret ({@linkcode hashOf}). */
  readonly hash: string;
  readonly grants: readonly Grant[];
  /** Whether another nalgate may act with it for its own users. */
  readonly speaksForUsers: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** None: it stands until it is revoked. */
  readonly expiresAt?: number | undefined;
}

const FILE = z.array(z.strictObject({
  id: z.string(),
  name: z.string().refine(isUserName),
  hash: z.string(),
  grants: GRANTS,
  speaksForUsers: z.boolean(),
  createdAt: z.number(),
  expiresAt: z.number().optional(),
})).max(TOKENS_MAX);

/** The prefix tells scanners of published code what they have found. */
const PREFIX = "nalgate_";
const TOKEN = /^nalgate_([0-9a-f]{24})_([\w-]{43})$/;

/** Whether a bearer token is a machine's, by its looks. */
export function isMachineToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** Issues, verifies and revokes machines' tokens. */
export class Machines {
  readonly #file: StateFile<readonly MachineRecord[]>;
  readonly #now: () => number;

  private constructor(
    file: StateFile<readonly MachineRecord[]>,
    now: () => number,
  ) {
    this.#file = file;
    this.#now = now;
  }

  /** Opens `machines.json` of a state folder. */
  static async open(
    { stateDir, now }: { stateDir: string; now: () => number },
  ): Promise<Machines> {
    const file = await StateFile.open<readonly MachineRecord[]>({
      path: join(stateDir, "machines.json"),
      parse: (json) => FILE.parse(json),
      empty: [],
    });
    return new Machines(file, now);
  }

  /** The tokens that have not expired. */
  get all(): readonly MachineRecord[] {
    return this.#file.value.filter((record) => this.#lives(record));
  }

  /** Looks whether somebody else edited the list. */
  refresh(): Promise<boolean> {
    return this.#file.refresh();
  }

  /** Issues a token: the only time that anybody sees it. */
  async issue(
    { ageMaxMs, ...fields }:
      & Pick<MachineRecord, "name" | "grants" | "speaksForUsers">
      & { ageMaxMs?: number | undefined },
  ): Promise<{ token: string; record: MachineRecord }> {
    const secret = newSecret();
    const createdAt = this.#now();
    const record: MachineRecord = {
      ...fields,
      id: newId(),
      hash: hashOf(secret),
      createdAt,
      ...ageMaxMs === undefined ? {} : { expiresAt: createdAt + ageMaxMs },
    };
    await this.#file.update((before) => {
      const living = before.filter((record) => this.#lives(record));
      if (living.length >= TOKENS_MAX) {
        throw new GatewayError("overloaded", {
          context: { tokens: TOKENS_MAX },
        });
      }
      return [...living, record];
    });
    return { token: `${PREFIX}${record.id}_${secret}`, record };
  }

  /** Takes tokens from the list; returns how many. */
  revoke(which: (record: MachineRecord) => boolean): Promise<number> {
    return removeFrom(this.#file, which);
  }

  /**
   * The record that a token belongs to.
   *
   * @throws {GatewayError} `unauthenticated` for whatever is wrong with it.
   */
  verify(token: string): MachineRecord {
    const [, id = "", secret = ""] = TOKEN.exec(token) ?? [];
    const record = this.find(id);
    if (record === undefined || !sameSecret(hashOf(secret), record.hash)) {
      throw refusal("machine");
    }
    return record;
  }

  /** A token that still stands. */
  find(id: string): MachineRecord | undefined {
    return this.#file.value.find((record) =>
      record.id === id && this.#lives(record)
    );
  }

  #lives({ expiresAt }: MachineRecord): boolean {
    return expiresAt === undefined || this.#now() < expiresAt;
  }
}

/** The machine itself, as long as its token stands. */
export function machineCredential(
  machines: Machines,
  { id }: MachineRecord,
): Credential {
  const credential: Credential = {
    kind: "machine",
    principal: () => {
      const record = machines.find(id);
      return record && {
        ...rightsOf(record),
        userId: `machine:${id}`,
        user: record.name,
        credential,
      };
    },
  };
  return credential;
}

/** A user of the hub that has the token, as long as that stands. */
export function hubUserCredential(
  machines: Machines,
  { id, user }: { id: string; user: string },
): Credential {
  const credential: Credential = {
    kind: "hub",
    principal: () => {
      const record = machines.find(id);
      return record?.speaksForUsers
        ? {
          ...rightsOf(record),
          userId: `hub:${id}:${user}`,
          user: `${user}@${record.name}`,
          viaDevice: true,
          credential,
        }
        : undefined;
    },
  };
  return credential;
}

function rightsOf(
  { grants, expiresAt = Infinity }: MachineRecord,
): Pick<Principal, "grants" | "scope" | "expiresAt"> {
  return { grants, scope: undefined, expiresAt };
}
