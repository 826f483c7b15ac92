import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import { Machines } from "../../../../src/gateway/auth/machine.ts";
import { temporaryFolder, testClock, view } from "../../../support/gateway.ts";

async function setup() {
  const folder = await temporaryFolder();
  const clock = testClock();
  const options = { stateDir: folder.path, now: clock.now };
  const machines = await Machines.open(options);
  const issue = (name = "recorder", ageMaxMs?: number) =>
    machines.issue({
      name,
      grants: view("front"),
      speaksForUsers: false,
      ageMaxMs,
    });
  return {
    clock,
    machines,
    issue,
    path: `${folder.path}/machines.json`,
    elsewhere: () => Machines.open(options),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("Machines.verify() takes what issue() gave, for good", async () => {
  await using test = await setup();
  const { token, record } = await test.issue();
  assertEquals(test.machines.verify(token), record);
  test.clock.advance(10 * 365 * 86_400_000);
  assertEquals(test.machines.verify(token), record);
});

Deno.test("Machines.issue() stores a hash, in a file for nobody else", async () => {
  await using test = await setup();
  const { token, record } = await test.issue();
  const secret = token.split("_").slice(2).join("_");
  assertEquals(secret.length, 43);
  const text = await Deno.readTextFile(test.path);
  assert(text.includes(record.hash) && text.includes(record.id));
  assert(!text.includes(secret));
  const { mode } = await Deno.stat(test.path);
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("Machines.verify() refuses whatever is not the token", async (t) => {
  await using test = await setup();
  const { token } = await test.issue();
  const { token: other } = await test.issue("other");
  const [head, id = "", ...rest] = token.split("_");
  const secret = rest.join("_");
  const [, otherId = ""] = other.split("_");
  const flipped = (secret.startsWith("A") ? "B" : "A") + secret.slice(1);
  const cases: Readonly<Record<string, string>> = {
    "empty": "",
    "the prefix alone": "nalgate_",
    "the id alone": `${head}_${id}`,
    "no secret": `${head}_${id}_`,
    "another secret": `${head}_${id}_${flipped}`,
    "a secret cut short": token.slice(0, -1),
    "a secret and more": `${token}A`,
    "the secret of another id": `${head}_${otherId}_${secret}`,
    "an unknown id": `${head}_${"0".repeat(24)}_${secret}`,
    "another prefix": token.replace("nalgate", "nalgatx"),
    "upper case": token.toUpperCase(),
    "the hash": `${head}_${id}_${test.machines.find(id)?.hash}`,
    "a megabyte": `${head}_${id}_${"A".repeat(1_000_000)}`,
  };
  for (const [name, text] of Object.entries(cases)) {
    await t.step(name, () => {
      const error = assertThrows(
        () => test.machines.verify(text),
        GatewayError,
      );
      assertEquals(error.code, "unauthenticated");
      assert(!Deno.inspect(error).includes(secret), "quotes the secret");
    });
  }
});

Deno.test("Machines end by expiry, revocation and the loss of the list", async () => {
  await using test = await setup();
  const { machines, clock } = test;
  const [one, two, three] = [
    (await test.issue()).record.id,
    (await test.issue("brief", 60_000)).record.id,
    (await test.issue("other")).record.id,
  ];
  const other = await test.elsewhere();
  assertEquals(await other.revoke(({ name }) => name === "recorder"), 1);
  await machines.refresh();
  const left = () => machines.all.map(({ id }) => id);
  assertEquals(left(), [two, three]);
  assertEquals(machines.find(one), undefined);
  clock.advance(60_000);
  assertEquals(machines.find(two), undefined);
  assertEquals(left(), [three]);
  await Deno.remove(test.path);
  await machines.refresh();
  assertEquals(left(), []);
});
