/**
 * One of each kind that may ask a gateway for something, with what they may.
 *
 * @module
 */

import type { AccessConfig, Name } from "../../src/config/config.ts";
import type { Right } from "../../src/config/grant.ts";
import type { Auth } from "../../src/gateway/auth/auth.ts";
import {
  type MachineRecord,
  Machines,
} from "../../src/gateway/auth/machine.ts";
import { Tokens } from "../../src/gateway/auth/token.ts";
import { signUserClaim } from "../../src/gateway/auth/user_claim.ts";
import type { User } from "../../src/gateway/auth/users.ts";
import {
  addUser,
  admin,
  CHEAP_PHC,
  temporaryFolder,
  testAuth,
  view,
} from "./gateway.ts";
import { IdentityProvider } from "./identity_provider.ts";
import { PASSWORD } from "./running_gateway.ts";

const ROLE = "fronts";
const PROXY = "192.0.2.80";
const PROXY_SECRET = "a secret of the proxy's";
/** Where the hub believes this gateway to be. */
const AUDIENCE = "http://127.0.0.1:8080/";

type Headers = Readonly<Record<string, string>>;

/** Somebody who asks. */
export interface Person {
  readonly name: string;
  /** Whether they are anybody. */
  readonly isKnown: boolean;
  /** Their right on each camera; `*` stands for all. */
  readonly rights: Readonly<Record<string, Right>>;
  /** Speaks through another nalgate. */
  readonly viaDevice: boolean;
  /** The socket that they come by. */
  readonly peer: string;
  /** What proves who they are, made afresh: some of it works once. */
  readonly headers: () => Headers | Promise<Headers>;
}

/** Whether they have a right on a camera, by {@linkcode Person.rights}. */
export function has(
  { rights }: Person,
  right: Right,
  camera: string,
): boolean {
  const own = rights[camera] ?? rights["*"];
  return own === right || own === "admin";
}

/** An `Auth` and the people that it knows. */
export async function people() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const provider = stack.use(await IdentityProvider.start());
  const secretFile = `${folder.path}/proxy`;
  await Deno.writeTextFile(secretFile, `${PROXY_SECRET}\n`);
  const access = accessOf(provider, secretFile);
  const test = stack.use(await testAuth({ access }));
  const { auth, stateDir, clock: { now } } = test;
  const password = CHEAP_PHC;
  const add = (name: string, rights: Partial<Pick<User, "grants" | "roles">>) =>
    addUser(stateDir, { name, password, ...rights });
  await add("viewer", { grants: view("front") });
  await add("keeper", { grants: admin("front") });
  await add("mechanic", { grants: view("garage/*") });
  await add("by-role", { roles: [ROLE] });
  await add("nobody", {});
  const root = await add("root", { grants: admin("**") });
  await auth.review();
  const tokens = await Tokens.open({ stateDir, now });
  const machines = await Machines.open({ stateDir, now });
  const list = [
    ...strangers(),
    ...users(auth),
    ...programs({ auth, tokens, machines, root, now }),
    ...others(provider, now),
  ];
  const around = stack.move();
  return {
    auth,
    list,
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

function accessOf(
  provider: IdentityProvider,
  secretFile: string,
): Partial<AccessConfig> {
  return {
    roles: [{ name: ROLE as Name, grants: view("front") }],
    identityProviders: [
      provider.config({
        roles: [{ claim: "groups", value: "kvm", role: ROLE }],
      }),
    ],
    proxyAuth: {
      peers: [PROXY],
      secretFile,
      secretHeader: "nalgate-proxy-secret",
      userHeader: "remote-user",
      groupsHeader: "remote-groups",
      roles: [{ group: "kvm", role: ROLE }],
    },
    basicAuth: true,
  };
}

function person(
  name: string,
  rights: Person["rights"],
  rest: Pick<Person, "headers"> & Partial<Person>,
): Person {
  const peer = "192.0.2.1";
  return { name, rights, isKnown: true, viaDevice: false, peer, ...rest };
}

const FRONT = { front: "view" } as const;

const IDENTITY = {
  "nalgate-proxy-secret": PROXY_SECRET,
  "remote-user": "ann",
  "remote-groups": "staff, kvm",
};

function strangers(): readonly Person[] {
  const isKnown = false;
  const cookie = "nalgate-insecure=guess";
  return [
    person("stranger", {}, { isKnown, headers: () => ({}) }),
    person("inventor of a cookie", {}, {
      isKnown,
      headers: () => ({ cookie }),
    }),
    person("writer of the proxy's headers", {}, {
      isKnown,
      headers: () => IDENTITY,
    }),
  ];
}

function users(auth: Auth): readonly Person[] {
  const session = (user: string) => ({
    headers: async () => {
      const proof = { user, password: PASSWORD, address: "192.0.2.1" };
      const { secret } = await auth.login.byPassword(proof);
      return { cookie: `nalgate-insecure=${secret}` };
    },
  });
  return [
    person("viewer of one camera", FRONT, session("viewer")),
    person("viewer by role", FRONT, session("by-role")),
    person("viewer of a device", {
      "garage/front": "view",
      "garage/back": "view",
      "garage/attic": "view",
    }, session("mechanic")),
    person("user without rights", {}, session("nobody")),
    person("admin of one camera", { front: "admin" }, session("keeper")),
    person("admin of all", { "*": "admin" }, session("root")),
  ];
}

function programs(
  { auth, tokens, machines, root, now }: {
    auth: Auth;
    tokens: Tokens;
    machines: Machines;
    root: User;
    now: () => number;
  },
): readonly Person[] {
  const machine = async (fields: Partial<MachineRecord> = {}) => {
    const { token } = await machines.issue({
      name: "recorder",
      grants: view("front"),
      speaksForUsers: false,
      ...fields,
    });
    await auth.review();
    return token;
  };
  return [
    person("admin's token for one camera", FRONT, {
      headers: async () => {
        const scope = view("front");
        const ageMaxMs = 60_000;
        const { token } = await tokens.issue({ user: root, scope, ageMaxMs });
        await auth.review();
        return bearer(token);
      },
    }),
    person("machine", FRONT, {
      headers: async () => bearer(await machine()),
    }),
    person("machine that administers", { front: "admin" }, {
      headers: async () => bearer(await machine({ grants: admin("front") })),
    }),
    person("user of a hub", FRONT, {
      viaDevice: true,
      headers: async () => {
        const token = await machine({ name: "hub", speaksForUsers: true });
        const claim = await signUserClaim({
          token,
          instance: "nalgate-of-the-hub",
          audience: AUDIENCE,
          user: "ann",
          now,
        });
        return { ...bearer(token), "nalgate-user": claim };
      },
    }),
    person("name and password", FRONT, {
      headers: () => ({
        authorization: `Basic ${btoa(`viewer:${PASSWORD}`)}`,
      }),
    }),
  ];
}

/** Those whom others have signed in. */
function others(
  provider: IdentityProvider,
  now: () => number,
): readonly Person[] {
  return [
    person("identity provider's token", FRONT, {
      headers: async () =>
        bearer(
          await provider.sign({ groups: ["kvm"] }, {
            nowS: Math.floor(now() / 1000),
          }),
        ),
    }),
    person("identity provider's token without a role", {}, {
      headers: async () => bearer(await provider.sign()),
    }),
    person("user of the proxy", FRONT, {
      peer: PROXY,
      headers: () => IDENTITY,
    }),
  ];
}

function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}
