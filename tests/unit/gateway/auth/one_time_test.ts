import { assert } from "@std/assert";
import { OneTimeCode } from "../../../../src/gateway/auth/one_time.ts";
import { testClock } from "../../../support/gateway.ts";

Deno.test("OneTimeCode matches until it is spent", () => {
  const { now } = testClock();
  const { text, code } = OneTimeCode.issue({ ageMaxMs: 1000, now });
  assert(!code.matches(""));
  assert(!code.matches(text + "a"));
  assert(code.matches(text));
  code.spend();
  assert(!code.matches(text));
});

Deno.test("OneTimeCode matches until its end", () => {
  const clock = testClock();
  const { text, code } = OneTimeCode.issue({ ageMaxMs: 1000, now: clock.now });
  clock.advance(999);
  assert(code.matches(text));
  clock.advance(1);
  assert(!code.matches(text));
});
