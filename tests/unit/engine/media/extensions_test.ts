import { assertEquals } from "@std/assert";
import {
  EXTENSION_BLOCK_SIZE_MAX,
  extensionBlock,
} from "../../../../src/engine/media/extensions.ts";

const NTP = { seconds: 0x01020304, fraction: 0x05060708 };
const ALL = { absCaptureTime: 1, playoutDelay: 2, videoOrientation: 3 };

Deno.test("extensionBlock()", async (t) => {
  const cases = [
    { name: "nothing negotiated", ids: {}, gop0: true, turn: 90, hex: "" },
    {
      name: "nothing to say",
      ids: { playoutDelay: 2, videoOrientation: 3 },
      gop0: false,
      turn: 0,
      hex: "",
    },
    {
      name: "all",
      ids: ALL,
      gop0: true,
      turn: 270,
      hex: "bede0004 17 0102030405060708 22 000000 30 03 00",
    },
    {
      name: "ids of the client's",
      ids: { playoutDelay: 9 },
      gop0: true,
      turn: 0,
      hex: "bede0001 92 000000",
    },
    {
      name: "turned by 90 degrees",
      ids: ALL,
      gop0: false,
      turn: 90,
      hex: "bede0003 17 0102030405060708 30 01 00",
    },
  ] as const;
  for (const { name, ids, gop0, turn, hex } of cases) {
    await t.step(name, () => {
      const block = extensionBlock(ids, {
        captureNtp: NTP,
        noPlayoutDelay: gop0,
        orientation: turn,
      });
      assertEquals(block.toHex(), hex.replaceAll(" ", ""));
      assertEquals(block.length <= EXTENSION_BLOCK_SIZE_MAX, true);
    });
  }
});
