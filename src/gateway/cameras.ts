/**
 * The cameras by name, each with its way to an upstream.
 *
 * @module
 */

import type { CameraConfig } from "../config/config.ts";
import type { CameraReport } from "../janus/message.ts";
import { may, type Principal } from "./auth/principal.ts";
import type { CameraRoute } from "./tunnel/tunnel.ts";
import type { Upstream } from "./tunnel/upstream.ts";

/** One camera. */
export interface Camera {
  readonly name: string;
  /** What grants are matched with: `front`, or `garage/front`. */
  readonly key: string;
  readonly title: string;
  readonly route: CameraRoute;
}

/** What `GET /api/cameras` says of one camera. */
export interface ListedCamera {
  readonly name: string;
  readonly title: string;
  readonly state: string;
  readonly detail?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
  /** Relative to the base. */
  readonly path: string;
}

/** Finds cameras. */
export class Cameras {
  readonly #cameras: ReadonlyMap<string, Camera>;

  constructor(
    configs: readonly CameraConfig[],
    upstreams: ReadonlyMap<string, Upstream>,
  ) {
    this.#cameras = new Map(
      configs.map((config) => [config.name, cameraOf(config, upstreams)]),
    );
  }

  find(name: string): Camera | undefined {
    return this.#cameras.get(name);
  }

  /** The configuration's first camera. */
  get default(): Camera | undefined {
    const [first] = this.#cameras.values();
    return first;
  }

  /** In the configuration's order. */
  get all(): readonly Camera[] {
    return [...this.#cameras.values()];
  }

  /** Those that the principal may view. */
  visibleTo(principal: Principal): readonly Camera[] {
    return this.all.filter(({ key }) => may(principal, "view", key));
  }
}

/** A camera with its state, as the list shows it. */
export function listed({ name, title, route }: Camera): ListedCamera {
  const report: Partial<CameraReport> = route.upstream.cameraReport(
    route.plugin,
    route.id,
  );
  const { state = "unknown", detail, width, height, fps } = report;
  const path = `cameras/${name}/`;
  return { name, title, state, detail, width, height, fps, path };
}

function cameraOf(
  config: CameraConfig,
  upstreams: ReadonlyMap<string, Upstream>,
): Camera {
  const { name, title, plugin, id } = config;
  const upstream = upstreams.get(config.upstream);
  if (upstream === undefined) {
    throw new TypeError(
      `Cannot route camera ${name}: no upstream ${config.upstream}`,
    );
  }
  const route = { camera: name, upstream, plugin, id };
  return { name, key: name, title, route };
}
