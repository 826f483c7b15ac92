import { assertEquals } from "@std/assert";
import { keyOf, pathOf } from "../../../src/web/camera_key.ts";

Deno.test("keyOf() and pathOf() lead to the camera's page", () => {
  const own = keyOf({ name: "front" });
  assertEquals([own, pathOf(own)], ["front", "cameras/front/"]);
  const there = keyOf({ device: "garage", name: "front" });
  assertEquals(there, "garage/front");
  assertEquals(pathOf(there), "devices/garage/cameras/front/");
});

Deno.test("pathOf() leaves the page's folder by no name", () => {
  assertEquals(pathOf("a?b/c#d"), "devices/a%3Fb/cameras/c%23d/");
});
