import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../src/errors.ts";
import { Places } from "../../../src/gateway/places.ts";

const LIMITS = { viewers: 1000, viewersPerUser: 32, viewersPerAddress: 64 };

function codeOf(take: () => unknown): string {
  return assertThrows(take, GatewayError).code;
}

Deno.test("Places bounds the tunnels of one user, gives them back once", () => {
  const places = new Places(() => LIMITS);
  const take = (index: number) =>
    places.take({ userId: "ann", address: `192.0.2.${index}` });
  const taken = Array.from(
    { length: LIMITS.viewersPerUser },
    (_, i) => take(i),
  );
  assertEquals(codeOf(() => take(99)), "rate_limited");
  places.take({ userId: "bob", address: "192.0.2.1" });
  taken[0]?.[Symbol.dispose]();
  taken[0]?.[Symbol.dispose]();
  take(99);
  assertEquals(codeOf(() => take(99)), "rate_limited");
});

Deno.test("Places bounds the tunnels of one network", () => {
  const places = new Places(() => LIMITS);
  const take = (index: number) =>
    places.take({ userId: `u${index}`, address: `2001:db8::${index}` });
  for (let i = 0; i < LIMITS.viewersPerAddress; i++) take(i);
  assertEquals(codeOf(() => take(9999)), "rate_limited");
  places.take({ userId: "ann", address: "2001:db8:0:1::1" });
});

Deno.test("Places bounds the tunnels over all, and forgets who left", () => {
  const places = new Places(() => LIMITS);
  const taken = Array.from(
    { length: LIMITS.viewers },
    (_, i) =>
      places.take({ userId: `u${i}`, address: `10.0.${i >> 8}.${i & 255}` }),
  );
  const one = { userId: "ann", address: "192.0.2.1" };
  assertEquals(codeOf(() => places.take(one)), "overloaded");
  for (const place of taken) place[Symbol.dispose]();
  assertEquals(places.count, 0);
  places.take(one);
});

Deno.test("Places counts a hub's users, not its address", () => {
  const places = new Places(() => LIMITS);
  const take = (userId: string) => places.take({ userId, address: undefined });
  for (let i = 0; i <= LIMITS.viewersPerAddress; i++) take(`hub:1:u${i}`);
  for (let i = 0; i < LIMITS.viewersPerUser; i++) take("hub:1:ann");
  assertEquals(codeOf(() => take("hub:1:ann")), "rate_limited");
});
