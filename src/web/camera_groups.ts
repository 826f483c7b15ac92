/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The cameras page's groups: the server's own cameras, then by device. */

import type { Listing } from "./api.ts";
import { CameraTiles } from "./camera_tiles.ts";
import { DeviceGroup } from "./device_group.ts";
import { element } from "./element.ts";

/** Keeps a group for each device. */
export class CameraGroups {
  readonly #host: HTMLElement;
  readonly #own: CameraTiles;
  readonly #groups = new Map<string, DeviceGroup>();

  constructor(host: HTMLElement) {
    this.#host = host;
    const grid = element("div", "tiles");
    this.#own = new CameraTiles(grid);
    host.append(grid);
  }

  /** Adds, removes and changes groups; those that stay play on. */
  show({ cameras, devices }: Listing): void {
    this.#own.show(cameras.filter(({ device }) => device === undefined));
    const names = new Set(devices.map(({ name }) => name));
    for (const [name, group] of this.#groups) {
      if (names.has(name)) continue;
      group.section.remove();
      this.#groups.delete(name);
    }
    for (const [index, device] of devices.entries()) {
      const group = this.#group(device.name);
      group.show(
        device,
        cameras.filter((camera) => camera.device === device.name),
      );
      // Moving an element restarts its players: only when it must.
      const here = this.#host.children[index + 1] ?? null;
      if (here !== group.section) this.#host.insertBefore(group.section, here);
    }
  }

  #group(name: string): DeviceGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new DeviceGroup();
      this.#groups.set(name, group);
    }
    return group;
  }
}
