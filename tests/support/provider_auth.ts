/**
 * An `Auth` that takes the bearer tokens of one identity provider.
 *
 * @module
 */

import { assert, assertRejects } from "@std/assert";
import type {
  AccessConfig,
  IdentityProviderConfig,
  Name,
} from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/parse.ts";
import { GatewayError } from "../../src/errors.ts";
import { admin, testAuth, view } from "./gateway.ts";
import { IdentityProvider } from "./identity_provider.ts";

/** The code of every refusal. */
export const UNAUTHENTICATED = "unauthenticated";

const ROLES = [
  { name: "viewer" as Name, grants: view("front") },
  { name: "boss" as Name, grants: admin("**") },
];

const FROM_CLAIMS = [
  { claim: "groups", value: "kvm", role: "viewer" },
  { claim: "department", value: "it", role: "boss" },
];

/** Members of `kvm` may view `front`, the department `it` everything. */
export async function providerAuth(
  fields: Partial<IdentityProviderConfig> = {},
) {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await IdentityProvider.start());
  const config = provider.config({ roles: FROM_CLAIMS, ...fields });
  const access: AccessConfig = {
    ...defaultConfig().access,
    roles: ROLES,
    identityProviders: [config],
  };
  const test = stack.use(await testAuth({ access }));
  const { auth, clock } = test;
  const nowS = () => Math.floor(clock.now() / 1000);
  const authenticate = (token: string) =>
    auth.authenticate({ kind: "bearer", token });
  const around = stack.move();
  return {
    ...test,
    provider,
    access,
    config,
    authenticate,
    sign: (claims: object = {}, options: object = {}) =>
      provider.sign({ ...claims }, { nowS: nowS(), ...options }),
    refusal: async (token: string) => {
      const attempt = () => authenticate(token);
      const error = await assertRejects(attempt, GatewayError);
      assert(!Deno.inspect(error).includes(token.slice(-20)), "quotes it");
      return error.code;
    },
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}
