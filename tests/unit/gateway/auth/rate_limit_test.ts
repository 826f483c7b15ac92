import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import {
  LoginLimit,
  network,
} from "../../../../src/gateway/auth/rate_limit.ts";
import { LOGIN_LIMITS } from "../../../../src/limits.ts";
import { testClock } from "../../../support/gateway.ts";

const MINUTE_MS = 60_000;

function setup() {
  const clock = testClock();
  const limit = new LoginLimit(clock.now);
  const begin = (account: string | undefined, address = "192.0.2.1") =>
    limit.begin({ account, address });
  const isLimited = (account: string | undefined, address?: string) => {
    try {
      begin(account, address);
      return false;
    } catch (error) {
      return (error as GatewayError).code === "rate_limited";
    }
  };
  return { clock, begin, isLimited };
}

Deno.test("LoginLimit locks an account after 5 failures, for 15 minutes", () => {
  const { clock, begin, isLimited } = setup();
  for (let count = 0; count < 5; count++) begin("ann", `192.0.2.${count}`);
  const error = assertThrows(() => begin("ann", "192.0.2.9"), GatewayError);
  assertEquals(error.code, "rate_limited");
  assertEquals(error.context.retryAfterS, 15 * 60);
  assertEquals(isLimited("bob"), false);
  clock.advance(15 * MINUTE_MS - 1);
  assertEquals(isLimited("ann"), true);
  clock.advance(1);
  assertEquals(isLimited("ann"), false);
});

Deno.test("LoginLimit forgets failures that are long ago", () => {
  const { clock, begin, isLimited } = setup();
  for (let count = 0; count < 20; count++) {
    begin("ann");
    clock.advance(2 * MINUTE_MS);
  }
  assertEquals(isLimited("ann"), false);
});

Deno.test("LoginLimit forgets an account's failures at its success", () => {
  const { begin, isLimited } = setup();
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 4; count++) begin("ann");
    begin("ann").succeed();
  }
  assertEquals(isLimited("ann"), false);
});

Deno.test("LoginLimit counts who is half way for the account alone", () => {
  const { begin, isLimited } = setup();
  for (let count = 0; count < 200; count++) begin(`user${count}`).goOn();
  assertEquals(isLimited("ann"), false);
  for (let count = 0; count < 4; count++) begin("ann").goOn();
  assertEquals(isLimited("ann"), true);
});

Deno.test("LoginLimit counts attempts at once as failures", () => {
  const { begin, isLimited } = setup();
  const attempts = Array.from({ length: 5 }, () => begin("ann"));
  assertEquals(isLimited("ann"), true);
  attempts[0]?.succeed();
  assertEquals(isLimited("ann"), false);
});

Deno.test("LoginLimit locks an address that tries many accounts", () => {
  const { begin, isLimited } = setup();
  const { failuresMax } = LOGIN_LIMITS.address;
  for (let count = 0; count < failuresMax; count++) begin(`user${count}`);
  assertEquals(isLimited("ann"), true);
  assertEquals(isLimited("ann", "192.0.2.2"), false);
});

Deno.test("LoginLimit is not reset for an address by own successes", () => {
  const { begin, isLimited } = setup();
  const { failuresMax } = LOGIN_LIMITS.address;
  for (let count = 0; count < failuresMax; count++) {
    begin(`user${count}`);
    if (count < failuresMax - 1) begin("mallory").succeed();
  }
  assertEquals(isLimited("ann"), true);
});

Deno.test("LoginLimit slows down ten thousand addresses, for a minute", () => {
  const { clock, begin, isLimited } = setup();
  const { failuresMax } = LOGIN_LIMITS.all;
  for (let count = 0; count < failuresMax; count++) {
    begin(`user${count}`, `10.0.${count}.1`);
  }
  assertEquals(isLimited("ann", "192.0.2.77"), true);
  clock.advance(MINUTE_MS);
  assertEquals(isLimited("ann", "192.0.2.77"), false);
});

Deno.test("network() takes one host's IPv6 addresses for one", async (t) => {
  const cases: readonly [address: string, expected: string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
  ];
  for (const [address, expected] of cases) {
    await t.step(address, () => assertEquals(network(address), expected));
  }
});
