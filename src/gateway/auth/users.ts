/**
 * The users, in `users.json`. The command line edits the file while the
 * gateway runs.
 *
 * @module
 */

import { join } from "@std/path";
import { z } from "zod";
import { USERS_MAX } from "../../limits.ts";
import { isName } from "../../config/config.ts";
import { type Grant, isCameraGlob } from "../../config/grant.ts";
import { newId, sameSecret } from "./secret.ts";
import { StateFile } from "./state_file.ts";
import type { Totp } from "./totp.ts";

/** One user. */
export interface User {
  /** Never used again for another user, even one of the same name. */
  readonly id: string;
  readonly name: string;
  /** A PHC string; none: this user has no password to sign in with. */
  readonly password?: string | undefined;
  /** None: the password is enough. */
  readonly totp?: Totp | undefined;
  readonly grants: readonly Grant[];
  /** Keys of the configuration's `roles`, for what they grant besides. */
  readonly roles?: readonly string[] | undefined;
  /** When all sessions from before were ended; milliseconds since the epoch. */
  readonly sessionsFrom: number;
}

const USER_NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** Whether a text may name a user. */
export function isUserName(text: string): boolean {
  return USER_NAME.test(text);
}

/** The shape of grants in state files. */
export const GRANTS = z.array(z.strictObject({
  right: z.enum(["view", "admin"]),
  cameras: z.string().refine(isCameraGlob),
})).max(100);

const FILE = z.strictObject({
  users: z.array(z.strictObject({
    id: z.string(),
    name: z.string().refine(isUserName),
    password: z.string().optional(),
    totp: z.strictObject({
      secret: z.string().regex(/^[A-Z2-7]{32}$/),
      usedStep: z.number(),
    }).optional(),
    grants: GRANTS,
    roles: z.array(z.string().refine(isName)).max(100).optional(),
    sessionsFrom: z.number(),
  })).max(USERS_MAX),
});

/** Finds and edits users. */
export class Users {
  readonly #file: StateFile<{ readonly users: readonly User[] }>;

  private constructor(file: StateFile<{ readonly users: readonly User[] }>) {
    this.#file = file;
  }

  /** Opens `users.json` of a state folder. */
  static async open(stateDir: string): Promise<Users> {
    return new Users(
      await StateFile.open<{ readonly users: readonly User[] }>({
        path: join(stateDir, "users.json"),
        parse: (json) => FILE.parse(json),
        empty: { users: [] },
      }),
    );
  }

  get all(): readonly User[] {
    return this.#file.value.users;
  }

  /** Looks whether somebody else edited the file. */
  refresh(): Promise<boolean> {
    return this.#file.refresh();
  }

  find(name: string): User | undefined {
    return this.all.find((user) => user.name === name);
  }

  byId(id: string): User | undefined {
    return this.all.find((user) => user.id === id);
  }

  /** Adds a user; returns nothing if the name is taken or the list is full. */
  async add(
    user: Omit<User, "id" | "sessionsFrom">,
    { onlyFirst = false } = {},
  ): Promise<User | undefined> {
    const added = { ...user, id: newId(), sessionsFrom: 0 };
    const { users } = await this.#file.update((before) => {
      const { users } = before;
      const refused = users.some(({ name }) => name === user.name) ||
        users.length >= USERS_MAX || (onlyFirst && users.length > 0);
      return refused ? before : { users: [...users, added] };
    });
    return users.find(({ id }) => id === added.id);
  }

  /** Removes a user; returns whether there was one. */
  async remove(name: string): Promise<boolean> {
    let found = false;
    await this.#file.update((before) => {
      const users = before.users.filter((user) => user.name !== name);
      found = users.length < before.users.length;
      return found ? { users } : before;
    });
    return found;
  }

  /** Changes a user; returns whether there was one. */
  change(
    id: string,
    edit: Partial<
      Pick<User, "password" | "totp" | "grants" | "roles" | "sessionsFrom">
    >,
  ): Promise<boolean> {
    return this.#change((user) => user.id === id, edit);
  }

  /** Stores a better hash of a password, unless that was changed meanwhile. */
  rehash({ id, password: before }: User, password: string): Promise<boolean> {
    return this.#change(
      (user) =>
        user.id === id && user.password !== undefined &&
        before !== undefined && sameSecret(user.password, before),
      { password },
    );
  }

  /** Uses a step of the second factor; false: somebody else was faster. */
  useStep({ id, totp: before }: User, usedStep: number): Promise<boolean> {
    return this.#change(
      ({ id: other, totp }) =>
        id === other && totp !== undefined &&
        sameSecret(totp.secret, before?.secret ?? "") &&
        totp.usedStep < usedStep,
      ({ totp }) => totp === undefined ? {} : { totp: { ...totp, usedStep } },
    );
  }

  async #change(
    isMeant: (user: User) => boolean,
    edit: Partial<User> | ((user: User) => Partial<User>),
  ): Promise<boolean> {
    const editOf = typeof edit === "function" ? edit : () => edit;
    let found = false;
    await this.#file.update((before) => {
      found = before.users.some(isMeant);
      const users = before.users.map((user) =>
        isMeant(user) ? { ...user, ...editOf(user) } : user
      );
      return found ? { users } : before;
    });
    return found;
  }
}
