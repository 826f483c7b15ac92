/**
 * What a browser really shows: pixels read back from its `<video>`.
 *
 * @module
 */
/// <reference lib="dom" />

import type { Page } from "playwright-core";

/** A decoded picture, summed up. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Mean colour, 0–255 each. */
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  /** Differs when any pixel does. */
  readonly checksum: number;
  /** Brightness of the strip's cells, 0–255, left to right. */
  readonly strip: readonly number[];
}

/** A row of cells along the bottom edge, in pixels of the picture. */
export interface Strip {
  readonly left: number;
  readonly cells: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** Where to look. */
export interface PictureSource {
  readonly selector?: string;
  readonly strip?: Strip;
}

const NO_STRIP: Strip = { left: 0, cells: 0, cellWidth: 0, cellHeight: 0 };

/** Waits for a frame that the browser has not presented before; reads it. */
export function nextPicture(
  page: Page,
  { selector = "video", strip = NO_STRIP }: PictureSource = {},
): Promise<Picture> {
  return page.evaluate(readNextFrame, { selector, strip });
}

/** Enough for a busy machine to show something new, at 15 fps and more. */
const PICTURES_MAX = 30;

/** Two pictures that differ, the later second; throws if nothing moves. */
export async function movingPictures(
  page: Page,
  source: PictureSource = {},
): Promise<[Picture, Picture]> {
  const first = await nextPicture(page, source);
  for (let count = 1; count < PICTURES_MAX; count++) {
    const later = await nextPicture(page, source);
    if (later.checksum !== first.checksum) return [first, later];
  }
  throw new Error(`${source.selector ?? "video"} shows the same all the time`);
}

/** Runs in the page. */
async function readNextFrame(
  { selector, strip }: Required<PictureSource>,
): Promise<Picture> {
  const video = document.querySelector<HTMLVideoElement>(selector);
  if (video === null) throw new Error(`no ${selector}`);
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${selector} stands still`)), 20_000);
    video.requestVideoFrameCallback(resolve);
  });
  const { videoWidth: width, videoHeight: height } = video;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("no canvas");
  context.drawImage(video, 0, 0);
  const sums = [0, 0, 0];
  let checksum = 0;
  const { data } = context.getImageData(0, 0, width, height);
  for (let at = 0; at < data.length; at += 4) {
    for (let channel = 0; channel < 3; channel++) {
      const value = data[at + channel] ?? 0;
      sums[channel] = (sums[channel] ?? 0) + value;
      checksum = (checksum * 31 + value) >>> 0;
    }
  }
  const pixels = width * height;
  const brightness = (cell: number) => {
    const { left, cellWidth, cellHeight } = strip;
    // The middle: edges blur into their neighbours.
    const inner = context.getImageData(
      left + (cell + 0.25) * cellWidth,
      height - cellHeight * 0.75,
      cellWidth / 2,
      cellHeight / 2,
    ).data;
    let sum = 0;
    for (let at = 0; at < inner.length; at += 4) sum += inner[at + 1] ?? 0;
    return sum / (inner.length / 4);
  };
  return {
    width,
    height,
    red: (sums[0] ?? 0) / pixels,
    green: (sums[1] ?? 0) / pixels,
    blue: (sums[2] ?? 0) / pixels,
    checksum,
    strip: Array.from({ length: strip.cells }, (_, cell) => brightness(cell)),
  };
}
