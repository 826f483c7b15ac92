/**
 * The scripts of each page, and what they import; a test compares the lists
 * with the scripts themselves.
 *
 * @module
 */

const PLAYER = [
  "player.js",
  "player_view.js",
  "viewer.js",
  "relay.js",
  "janus_handle.js",
  "face.js",
  "backoff.js",
  "watchdog.js",
  "stats.js",
  "start_slots.js",
  "bounds.js",
  "words.js",
  "api.js",
  "diagnosis.js",
  "next_path.js",
  "camera_key.js",
  "element.js",
] as const;

/** The page's own script first. */
export const MODULES = {
  cameras: [
    "cameras_page.js",
    "camera_groups.js",
    "camera_tiles.js",
    "device_group.js",
    "state_badge.js",
    ...PLAYER,
  ],
  camera: [
    "camera_page.js",
    "stats_panel.js",
    "share_panel.js",
    "credential_form.js",
    "fullscreen.js",
    "state_badge.js",
    ...PLAYER,
  ],
  login: [
    "login_page.js",
    "credential_form.js",
    "next_path.js",
    "api.js",
    "bounds.js",
    "element.js",
  ],
  share: [
    "share_page.js",
    "credential_form.js",
    "next_path.js",
    "api.js",
    "bounds.js",
    "element.js",
  ],
  setup: [
    "setup_page.js",
    "credential_form.js",
    "next_path.js",
    "api.js",
    "bounds.js",
    "element.js",
  ],
} as const;
