import { assert, assertEquals } from "@std/assert";
import {
  isShownName,
  shownName,
} from "../../../../src/gateway/auth/shown_name.ts";

Deno.test("isShownName() takes short texts that can be seen", () => {
  const good = ["ann", "Jörg Ü", "安", "a,b", "x".repeat(64), "\u{1F511}"];
  assertEquals(good.filter((name) => !isShownName(name)), []);
  const bad = [
    "",
    "x".repeat(65),
    "a\nb",
    "a\0",
    "\u202eann",
    "\ud800",
    "\x7f",
  ];
  assertEquals(bad.filter(isShownName), []);
});

Deno.test("shownName() makes one of any text", () => {
  const texts = ["", "\n", "x".repeat(1000), "\u{1F511}".repeat(50), "a\rb"];
  for (const text of [...texts, `${"x".repeat(63)}\u{1F511}`]) {
    assert(isShownName(shownName(text)), text);
  }
  assertEquals(shownName("ann"), "ann");
});
