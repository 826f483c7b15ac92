import { assertEquals } from "@std/assert";
import { Flows } from "../../../../src/gateway/auth/oidc_flows.ts";
import { FLOW_AGE_MAX_MS, FLOWS_MAX } from "../../../../src/limits.ts";
import { testClock } from "../../../support/gateway.ts";

function flow(state: string) {
  return { provider: "home", state, nonce: "n", verifier: "v", next: "/" };
}

Deno.test("Flows.take() gives a flow to its browser, once and in time", () => {
  const clock = testClock();
  const flows = new Flows(clock.now);
  const own = flows.begin(flow("own"));
  const other = flows.begin(flow("other"));
  assertEquals(flows.take({ state: "own", secret: other }), undefined);
  assertEquals(flows.take({ state: "x", secret: own }), undefined);
  assertEquals(flows.take({ state: "own", secret: own }), flow("own"));
  assertEquals(flows.take({ state: "own", secret: own }), undefined, "again");
  clock.advance(FLOW_AGE_MAX_MS);
  assertEquals(flows.take({ state: "other", secret: other }), undefined);
});

Deno.test("Flows.begin() forgets the oldest beyond the bound", () => {
  const flows = new Flows(testClock().now);
  const secrets = Array.from(
    { length: FLOWS_MAX + 1 },
    (_, count) => flows.begin(flow(`${count}`)),
  );
  const take = (count: number) =>
    flows.take({ state: `${count}`, secret: secrets[count] ?? "" })?.state;
  assertEquals(take(0), undefined);
  assertEquals(take(1), "1");
  assertEquals(take(FLOWS_MAX), `${FLOWS_MAX}`);
});
