import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Name } from "../../../src/config/config.ts";
import { ConfigError } from "../../../src/config/problem.ts";
import {
  findJanus,
  type JanusPlaces,
} from "../../../src/supervisor/janus_install.ts";
import { temporaryFolder } from "../../support/gateway.ts";

const JANUSES = [{ name: "lab" as Name, udpPorts: undefined }];

/** What it finds, or what it has to say. */
async function find(places: JanusPlaces) {
  try {
    return await findJanus(JANUSES, places);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n");
  }
}

Deno.test("findJanus() looks beside the program, then where make builds", async (t) => {
  await using folder = await temporaryFolder();
  const [bin, build] = [join(folder.path, "bin"), join(folder.path, "build")];
  const places = { path: `/nonexistent::${bin}`, buildFolder: build };
  const libraries = join(folder.path, "lib", "janus");
  const transport = join(libraries, "transports", "libjanus_websockets.so");
  const installed = join(libraries, "plugins", "libjanus_nalgate.so");
  const built = join(build, "libjanus_nalgate.so");
  const put = async (path: string) => {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, "");
  };
  const at = "upstreams.lab.janus: is spawn, but";

  await t.step("nothing is there", async () => {
    assertEquals(await find(places), [
      `${at} setpriv is not installed: apt-get install util-linux`,
      `${at} Janus is not installed: apt-get install janus`,
      `${at} its plugin is not built: make -C plugin-c install`,
    ]);
  });
  await t.step("a folder is no program", async () => {
    await Deno.mkdir(join(bin, "janus"), { recursive: true });
    assertEquals((await find(places) as string[]).length, 3);
    await Deno.remove(join(bin, "janus"));
  });
  await t.step("a Janus without WebSockets", async () => {
    await put(join(bin, "setpriv"));
    await put(join(bin, "janus"));
    const lines = await find(places) as string[];
    assertEquals(lines.length, 2);
    assertStringIncludes(
      lines[0] ?? "",
      `${at} Janus has no libjanus_websockets.so in ${folder.path}/lib/`,
    );
  });
  await t.step("a plugin that was built", async () => {
    await put(transport);
    await put(built);
    assertEquals(await find(places), {
      setpriv: join(bin, "setpriv"),
      janus: join(bin, "janus"),
      transport,
      plugin: built,
    });
  });
  await t.step("an installed one comes first", async () => {
    await put(installed);
    const found = await find(places);
    assertEquals(found && "plugin" in found && found.plugin, installed);
  });
});

Deno.test("findJanus() needs nothing where no Janus is spawned", async () => {
  assertEquals(await findJanus([], { path: "" }), undefined);
});
