import { assertEquals } from "@std/assert";
import type { Name } from "../../../../src/config/config.ts";
import { defaultConfig } from "../../../../src/config/parse.ts";
import type { GatewayError } from "../../../../src/errors.ts";
import { Roles } from "../../../../src/gateway/auth/roles.ts";
import { Users } from "../../../../src/gateway/auth/users.ts";
import {
  addUser,
  CHEAP_PHC,
  testAuth,
  view,
} from "../../../support/gateway.ts";

Deno.test("Roles.identify() adds what roles grant to a user's own grants", () => {
  const roles = new Roles([{ name: "lab" as Name, grants: view("lab*") }]);
  const user = {
    id: "u1",
    name: "ann",
    grants: view("front"),
    sessionsFrom: 0,
  };
  const grantsOf = (names?: readonly string[]) =>
    roles.identify({ ...user, roles: names }).grants;
  assertEquals(grantsOf(), view("front"));
  assertEquals(grantsOf(["lab"]), view("front", "lab*"));
  assertEquals(grantsOf(["nosuch"]), view("front"));
  roles.replace([]);
  assertEquals(grantsOf(["lab"]), view("front"));
});

Deno.test("Auth asks anew what roles grant, and to whom", async (t) => {
  const roles = (...cameras: readonly string[]) => ({
    ...defaultConfig().access,
    roles: [{ name: "operator" as Name, grants: view(...cameras) }],
  });
  const cases: readonly {
    name: string;
    change: (test: Awaited<ReturnType<typeof byRole>>) => unknown;
    reason: string | undefined;
  }[] = [
    {
      name: "the role sees more",
      change: ({ auth }) => auth.configure(roles("front", "back")),
      reason: undefined,
    },
    {
      name: "the role sees other cameras",
      change: ({ auth }) => auth.configure(roles("back")),
      reason: "rights_ended",
    },
    {
      name: "there is no such role any more",
      change: ({ auth }) => auth.configure(defaultConfig().access),
      reason: "rights_ended",
    },
    {
      name: "the user lost it",
      change: ({ users, user }) => users.change(user.id, { roles: [] }),
      reason: "rights_ended",
    },
    {
      name: "the user lost it, but got a grant",
      change: ({ users, user }) =>
        users.change(user.id, { roles: [], grants: view("fr*") }),
      reason: undefined,
    },
  ];
  async function byRole() {
    const test = await testAuth({ access: roles("front") });
    const { auth, stateDir } = test;
    const user = await addUser(stateDir, {
      name: "ann",
      password: CHEAP_PHC,
      roles: ["operator"],
    });
    await auth.review();
    const { secret } = await auth.login.byPassword({
      user: "ann",
      password: "correct horse",
      address: "192.0.2.1",
    });
    const { credential } = await auth.authenticate({ kind: "cookie", secret });
    const lease = auth.leases.open(credential, "front");
    const users = await Users.open(stateDir);
    return { ...test, user, users, lease };
  }
  for (const { name, change, reason } of cases) {
    await t.step(name, async () => {
      const test = await byRole();
      await using _ = test;
      assertEquals(reasonOf(test), undefined);
      await change(test);
      await test.auth.review();
      assertEquals(reasonOf(test), reason);
    });
  }
});

function reasonOf({ lease }: { lease: { signal: AbortSignal } }) {
  const reason = lease.signal.reason as GatewayError | undefined;
  return reason?.code as string | undefined;
}
