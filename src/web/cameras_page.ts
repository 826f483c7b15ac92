/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The script of `/`: a tile for each camera. */

import { ApiError, listCameras, type Listing, post } from "./api.ts";
import { LIST_POLL_MS } from "./bounds.ts";
import { CameraGroups } from "./camera_groups.ts";
import { byId } from "./element.ts";
import { signInPath } from "./next_path.ts";
import { pageData } from "./words.ts";

const groups = new CameraGroups(byId("tiles", HTMLElement));
const empty = byId("empty", HTMLElement);
const notice = byId("notice", HTMLElement);

function show(listing: Listing): void {
  groups.show(listing);
  empty.hidden = listing.cameras.length + listing.devices.length > 0;
}

function goTo(path: string): void {
  location.assign(new URL(path, document.baseURI));
}

async function refresh(): Promise<void> {
  try {
    show(await listCameras());
    notice.hidden = true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      return goTo(signInPath(location.href, document.baseURI));
    }
    notice.hidden = false;
  }
}

async function keepFresh(): Promise<void> {
  if (document.visibilityState === "visible") await refresh();
  setTimeout(() => void keepFresh(), LIST_POLL_MS);
}

byId("sign-out", HTMLButtonElement).addEventListener("click", async () => {
  await post("api/logout").catch(() => {});
  goTo("login");
});

show({
  cameras: pageData("cameras") as Listing["cameras"],
  devices: pageData("devices") as Listing["devices"],
});
setTimeout(() => void keepFresh(), LIST_POLL_MS);
