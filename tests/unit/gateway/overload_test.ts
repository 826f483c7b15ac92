import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../src/errors.ts";
import { Overload } from "../../../src/gateway/overload.ts";
import { OVERLOAD_SHED_MAX } from "../../../src/limits.ts";
import { recordingLog } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { view } from "../../support/gateway.ts";

/** One of a hundred bytes at most, as much used as is said. */
function setUp() {
  const memory = { used: 0 };
  const { log, lines } = recordingLog();
  const overload = new Overload({
    memoryMax: 100,
    memoryUsed: () => memory.used,
    log,
  });
  const use = (used: number) => {
    memory.used = used;
    overload.review();
  };
  return {
    overload,
    use,
    lines,
    [Symbol.dispose]: () => overload[Symbol.dispose](),
  };
}

Deno.test("Overload lets nobody in near the limit, and again below it", () => {
  using test = setUp();
  const { overload, use, lines } = test;
  const isOpen = () => {
    try {
      overload.admit(() => {})[Symbol.dispose]();
      return true;
    } catch (error) {
      assertEquals((error as GatewayError).code, "overloaded");
      return false;
    }
  };
  const seen = [94, 95, 97, 94].map((used) => {
    use(used);
    return isOpen();
  });
  assertEquals(seen, [true, false, false, true]);
  assertEquals(lines.length, 2, "said once when it begins, once when it ends");
});

Deno.test("Overload sends those away who see nothing, the oldest first", () => {
  using test = setUp();
  const { overload, use } = test;
  const left: number[] = [];
  const occupants = Array.from(
    { length: OVERLOAD_SHED_MAX + 3 },
    (_, index) => overload.admit(() => left.push(index)),
  );
  occupants[0]?.setViewing(true);
  occupants[1]?.[Symbol.dispose]();
  use(97);
  assertEquals(left, [], "nobody yet");
  use(98);
  const first = Array.from({ length: OVERLOAD_SHED_MAX }, (_, i) => i + 2);
  assertEquals(left, first);
  use(99);
  assertEquals(left, [...first, OVERLOAD_SHED_MAX + 2]);
  use(99);
  assertEquals(left.length, OVERLOAD_SHED_MAX + 1, "who sees a picture stays");
  assertThrows(() => overload.admit(() => {}), GatewayError);
});

Deno.test("a gateway over its memory closes with 1013 and answers 503", async () => {
  const limits = {
    viewers: 10,
    viewersPerUser: 10,
    viewersPerAddress: 10,
    memory: 1,
  };
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
    config: { limits },
  });
  const headers = { ...await running.signIn("ann"), origin: running.origin };
  const early = await running.watch("cameras/front/janus", headers);
  assertEquals((await early.closed).code, 1013);
  const late = await running.watch("cameras/front/janus", headers);
  assertEquals(late.status, 503);
});
