import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import {
  type Credential,
  may,
  type Principal,
} from "../../../../src/gateway/auth/principal.ts";
import { Tickets } from "../../../../src/gateway/auth/ticket.ts";
import type { Grant } from "../../../../src/config/grant.ts";
import {
  TICKET_AGE_MAX_MS,
  TICKETS_MAX,
  TICKETS_PER_USER_MAX,
} from "../../../../src/limits.ts";
import { testClock, view } from "../../../support/gateway.ts";

/** Somebody whose rights a test may change. */
function somebody(userId = "u1") {
  const rights: { grants: readonly Grant[] | undefined } = {
    grants: view("front", "lab*"),
  };
  const credential: Credential = {
    kind: "session",
    principal: () =>
      rights.grants && {
        userId,
        user: userId,
        grants: rights.grants,
        scope: undefined,
        credential,
        expiresAt: Infinity,
      },
  };
  const issuer: Pick<Principal, "credential" | "userId"> = {
    credential,
    userId,
  };
  return { issuer, rights };
}

function codeOf(run: () => unknown): string {
  return assertThrows(run, GatewayError).code;
}

Deno.test("Tickets.redeem() takes each ticket once, for its camera", () => {
  const { now } = testClock();
  const tickets = new Tickets(now);
  const { issuer } = somebody();
  const { ticket, expiresAt } = tickets.issue(issuer, "lab1");
  assertMatch(ticket, /^nalgate_ticket_[\w-]{43}$/);
  assertEquals(expiresAt, now() + TICKET_AGE_MAX_MS);
  const principal = tickets.redeem(ticket).principal();
  assertEquals(principal?.userId, "u1");
  const cases = [["view", "lab1", true], ["view", "front", false], [
    "admin",
    "lab1",
    false,
  ]] as const;
  for (const [right, camera, expected] of cases) {
    assertEquals(principal && may(principal, right, camera), expected, camera);
  }
  assertEquals(codeOf(() => tickets.redeem(ticket)), "ticket_expired");
});

Deno.test("Tickets.redeem() refuses guesses and old tickets", () => {
  const clock = testClock();
  const tickets = new Tickets(clock.now);
  const { issuer } = somebody();
  const { ticket } = tickets.issue(issuer, "front");
  for (const text of ["", "nalgate_ticket_", `${ticket}x`, "__proto__"]) {
    assertEquals(codeOf(() => tickets.redeem(text)), "ticket_expired", text);
  }
  clock.advance(TICKET_AGE_MAX_MS);
  assertEquals(codeOf(() => tickets.redeem(ticket)), "ticket_expired");
});

Deno.test("a redeemed ticket's right is its issuer's", () => {
  const clock = testClock();
  const tickets = new Tickets(clock.now);
  const { issuer, rights } = somebody();
  const credential = tickets.redeem(tickets.issue(issuer, "front").ticket);
  clock.advance(TICKET_AGE_MAX_MS * 100);
  const mayView = () => {
    const principal = credential.principal();
    return principal && may(principal, "view", "front");
  };
  assertEquals(mayView(), true, "the view may last");
  rights.grants = view("back");
  assertEquals(mayView(), false);
  rights.grants = undefined;
  assertEquals(mayView(), undefined);
});

Deno.test("Tickets.issue() is bounded by user and over all", () => {
  const clock = testClock();
  const tickets = new Tickets(clock.now);
  const issue = (user: string) => tickets.issue(somebody(user).issuer, "front");
  for (let count = 0; count < TICKETS_PER_USER_MAX; count++) issue("ann");
  assertEquals(codeOf(() => issue("ann")), "rate_limited");
  for (let count = TICKETS_PER_USER_MAX; count < TICKETS_MAX; count++) {
    issue(`user ${count}`);
  }
  assertEquals(codeOf(() => issue("bob")), "overloaded");
  clock.advance(TICKET_AGE_MAX_MS);
  issue("ann");
  issue("bob");
});
