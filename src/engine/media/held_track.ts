/**
 * Tracks that nobody collects before they are closed.
 *
 * @module
 */

import type { Audio, PeerConnection, Track, Video } from "node-datachannel";

const held = new Set<Track>();

/**
 * Adds a track to a peer, and holds it until it is closed.
 *
 * node-datachannel 0.33 keeps a list of tracks, and strikes one off only when
 * somebody hears that it is closed, not when it is collected: `cleanup()`
 * would close it in memory that is no longer its own.
 */
export function addTrack(peer: PeerConnection, media: Video | Audio): Track {
  const track = peer.addTrack(media);
  held.add(track);
  track.onClosed(() => {
    held.delete(track);
  });
  return track;
}
