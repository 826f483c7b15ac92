import { assertEquals } from "@std/assert";
import { GroupCache } from "../../../../src/engine/media/group_cache.ts";
import { GROUP_CACHE_SIZE_MAX } from "../../../../src/limits.ts";

const unit = (size: number, filling: number) =>
  new Uint8Array(size).fill(filling);

/** What is in it: each access unit's size, first byte and time. */
const contents = (cache: GroupCache) =>
  cache.units.map((one) => {
    const bytes = cache.bytes(one);
    assertEquals(bytes.every((byte) => byte === bytes[0]), true);
    return [bytes.length, bytes[0], one.grabSeconds];
  });

function add(
  cache: GroupCache,
  [size, filling]: readonly [number, number],
  isKeyFrame = false,
): void {
  const bytes = unit(size, filling);
  cache.stage(bytes);
  // As packetizing in place does.
  bytes.fill(0);
  cache.keep(isKeyFrame, { grabSeconds: filling, noPlayoutDelay: false });
}

Deno.test("GroupCache", async (t) => {
  await t.step("is empty before the first key frame", () => {
    const cache = new GroupCache();
    add(cache, [10, 1]);
    add(cache, [20, 2]);
    assertEquals(contents(cache), []);
  });

  await t.step("keeps a key frame and what follows", () => {
    const cache = new GroupCache();
    add(cache, [10, 1]);
    add(cache, [100, 2], true);
    add(cache, [20, 3]);
    assertEquals(contents(cache), [[100, 2, 2], [20, 3, 3]]);
  });

  await t.step("begins anew with the next key frame", () => {
    const cache = new GroupCache();
    add(cache, [100, 1], true);
    add(cache, [20, 2]);
    add(cache, [200, 3], true);
    add(cache, [30, 4]);
    assertEquals(contents(cache), [[200, 3, 3], [30, 4, 4]]);
  });

  await t.step("leaves out what was staged and not kept", () => {
    const cache = new GroupCache();
    add(cache, [100, 1], true);
    cache.stage(unit(50, 9));
    add(cache, [20, 2]);
    assertEquals(contents(cache), [[100, 1, 1], [20, 2, 2]]);
  });

  await t.step("is of no use once it has outgrown its memory", () => {
    const cache = new GroupCache();
    const half = GROUP_CACHE_SIZE_MAX / 2;
    add(cache, [half, 1], true);
    add(cache, [half, 2]);
    assertEquals(cache.units.length, 2);
    add(cache, [1, 3]);
    assertEquals(contents(cache), []);
    add(cache, [5, 4]);
    assertEquals(contents(cache), []);
    add(cache, [half, 5], true);
    assertEquals(contents(cache), [[half, 5, 5]]);
  });

  await t.step("a key frame that no longer fits behind its group", () => {
    const cache = new GroupCache();
    const half = GROUP_CACHE_SIZE_MAX / 2;
    add(cache, [half, 1], true);
    add(cache, [half - 1, 2]);
    add(cache, [half, 3], true);
    assertEquals(contents(cache), [[half, 3, 3]]);
  });

  await t.step("forgets when told so", () => {
    const cache = new GroupCache();
    add(cache, [100, 1], true);
    cache.clear();
    add(cache, [20, 2]);
    assertEquals(contents(cache), []);
  });
});
