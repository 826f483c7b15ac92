/**
 * Where Janus and our plugin lie on this machine.
 *
 * @module
 */

import { dirname, join } from "@std/path";
import type { JanusConfig } from "../config/config.ts";
import { ConfigError } from "../config/problem.ts";
import { ROOT } from "./permissions.ts";

/** What it takes to run a Janus of ours. */
export interface JanusInstall {
  /** Starts it so that it ends with us. */
  readonly setpriv: string;
  readonly janus: string;
  /** The WebSocket transport's library. */
  readonly transport: string;
  /** Our plugin's library. */
  readonly plugin: string;
}

const PLUGIN = "libjanus_nalgate.so";
const TRANSPORT = "libjanus_websockets.so";

/** Where to look: all of it, so that tests can give it. */
export interface JanusPlaces {
  readonly path: string;
  /** Where `make -C plugin-c` leaves the plugin. */
  readonly buildFolder?: string;
}

/**
 * Finds what the configured Januses need; none of them, nothing.
 *
 * @throws {ConfigError} With one sentence for each thing that is not there.
 */
export async function findJanus(
  januses: readonly JanusConfig[],
  places: JanusPlaces,
): Promise<JanusInstall | undefined> {
  const [first] = januses;
  if (first === undefined) return undefined;
  const { path, buildFolder = join(ROOT, "plugin-c", "build") } = places;
  const binaries = path.split(":").filter((folder) => folder !== "");
  const setpriv = await firstFile(binaries, "setpriv");
  const janus = await firstFile(binaries, "janus");
  const folders = janus === undefined ? [] : libraryFolders(janus);
  const transport = await firstFile(
    folders.map((folder) => join(folder, "transports")),
    TRANSPORT,
  );
  const plugins = folders.map((folder) => join(folder, "plugins"));
  const plugin = await firstFile([...plugins, buildFolder], PLUGIN);
  if (setpriv && janus && transport && plugin) {
    return { setpriv, janus, transport, plugin };
  }
  const missing = [
    !setpriv && "setpriv is not installed: apt-get install util-linux",
    !janus && "Janus is not installed: apt-get install janus",
    janus && !transport &&
    `Janus has no ${TRANSPORT} in ${folders.join(" or ")}`,
    !plugin && "its plugin is not built: make -C plugin-c install",
  ];
  throw new ConfigError(
    missing.filter((text) => typeof text === "string").map((text) => ({
      where: `upstreams.${first.name}.janus`,
      key: "",
      text: `is spawn, but ${text}`,
    })),
  );
}

/** Janus's libraries stand beside its program's folder. */
function libraryFolders(janus: string): string[] {
  const prefix = dirname(dirname(janus));
  return [`lib/${Deno.build.arch}-linux-gnu`, "lib64", "lib"]
    .map((folder) => join(prefix, folder, "janus"));
}

async function firstFile(
  folders: readonly string[],
  name: string,
): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    const isFile = await Deno.stat(path)
      .then((found) => found.isFile, () => false);
    if (isFile) return path;
  }
  return undefined;
}
