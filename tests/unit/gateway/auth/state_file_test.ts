import { assert, assertEquals, assertRejects } from "@std/assert";
import { StateFile } from "../../../../src/gateway/auth/state_file.ts";
import { temporaryFolder } from "../../../support/gateway.ts";

function parse(json: unknown): readonly number[] {
  if (!Array.isArray(json)) throw new TypeError(`bad: ${json}`);
  return json;
}

function open(folder: string): Promise<StateFile<readonly number[]>> {
  return StateFile.open({ path: `${folder}/list.json`, parse, empty: [] });
}

Deno.test("StateFile is empty without a file and private with one", async () => {
  await using folder = await temporaryFolder();
  const file = await open(folder.path);
  assertEquals(file.value, []);
  await file.update(() => [1]);
  const { mode } = await Deno.stat(`${folder.path}/list.json`);
  assertEquals((mode ?? 0) & 0o777, 0o600);
  assertEquals((await open(folder.path)).value, [1]);
});

Deno.test("StateFile.update() loses nothing when two write at once", async () => {
  await using folder = await temporaryFolder();
  const files = [await open(folder.path), await open(folder.path)];
  await Promise.all(
    Array.from(
      { length: 40 },
      (_, index) => files[index % 2]?.update((list) => [...list, index]),
    ),
  );
  const { value } = await open(folder.path);
  assertEquals(value.toSorted((a, b) => a - b), Array.from(Array(40).keys()));
});

Deno.test("StateFile.refresh() sees what another wrote, and its removal", async () => {
  await using folder = await temporaryFolder();
  const [one, other] = [await open(folder.path), await open(folder.path)];
  await one.update(() => [7]);
  assertEquals(await other.refresh(), true);
  assertEquals(other.value, [7]);
  assertEquals(await other.refresh(), false);
  await Deno.remove(`${folder.path}/list.json`);
  await other.refresh();
  assertEquals(other.value, []);
});

Deno.test("StateFile.refresh() keeps the value before a broken file, quotes nothing", async () => {
  await using folder = await temporaryFolder();
  const file = await open(folder.path);
  await file.update(() => [7]);
  for (const text of ['{"CANARY":1}', "[CANARY"]) {
    await Deno.writeTextFile(`${folder.path}/list.json`, text);
    const error = await assertRejects(() => file.refresh(), TypeError);
    assert(!Deno.inspect(error).includes("CANARY"));
    assertEquals(file.value, [7]);
    assertEquals(await file.refresh(), false, "reported once");
  }
});

Deno.test("StateFile.update() leaves file and folder as they were on failure", async () => {
  await using folder = await temporaryFolder();
  const file = await open(folder.path);
  await file.update(() => [7]);
  await assertRejects(() =>
    file.update(() => {
      throw new RangeError("no");
    }), RangeError);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  await assertRejects(() => file.update(() => cyclic as number[]), TypeError);
  const names = Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
  assertEquals(names.sort(), ["list.json", "list.json.lock"]);
  assertEquals((await open(folder.path)).value, [7]);
});
