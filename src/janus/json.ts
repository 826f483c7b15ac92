/**
 * JSON read so strictly that every parser agrees on what it says.
 *
 * JavaScript and jansson (Janus's parser) read the same text differently:
 * `1.0` is an integer to one and none to the other, `9007199254740993` is
 * exact to one and rounded by the other, and one follows any depth. Whatever
 * is ambiguous is refused here. Of duplicate keys the last one counts, as in
 * jansson; since messages are rebuilt, never passed on, no second reading of
 * the text can differ.
 *
 * @module
 */

import { JSON_DEPTH_MAX } from "../limits.ts";

/** Why a text is not one plain JSON object. */
export type JsonProblem = "syntax" | "notObject" | "tooDeep" | "number";

/** A parsed object, or why there is none. */
export type StrictJson =
  | { readonly object: Readonly<Record<string, unknown>> }
  | { readonly problem: JsonProblem };

/** Parses a text that is exactly one JSON object with plain integers only. */
export function parseStrictJson(text: string): StrictJson {
  return parseObject(text, { anyNumber: false });
}

/** Parses one JSON object of bounded depth: for what a Janus core says. */
export function parseBoundedJson(text: string): StrictJson {
  return parseObject(text, { anyNumber: true });
}

function parseObject(text: string, options: ScanOptions): StrictJson {
  const problem = scan(text, options);
  if (problem !== undefined) return { problem };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "syntax" };
  }
  return isPlainObject(value) ? { object: value } : { problem: "notObject" };
}

/** Whether a parsed JSON value is an object, not an array or `null`. */
export function isPlainObject(
  value: unknown,
): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

interface ScanOptions {
  /** Whether fractions, exponents and rounded integers may pass. */
  readonly anyNumber: boolean;
}

/**
 * Looks at what `JSON.parse` would hide: depth, and how numbers are written.
 * Everything else about the grammar is left to `JSON.parse`.
 */
function scan(
  text: string,
  { anyNumber }: ScanOptions,
): JsonProblem | undefined {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      i = endOfString(text, i);
      if (i === -1) return "syntax";
    } else if (char === 0x7b || char === 0x5b) {
      if (++depth > JSON_DEPTH_MAX) return "tooDeep";
    } else if (char === 0x7d || char === 0x5d) {
      depth--;
    } else if (anyNumber) {
      continue;
    } else if (char === MINUS || (char >= DIGIT_0 && char <= DIGIT_9)) {
      const end = endOfNumber(text, i);
      if (!isSafeIntegerLiteral(text.slice(i, end))) return "number";
      i = end - 1;
    }
  }
  return undefined;
}

/** Index of the quote that closes the string opened at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = start + 1;; end++) {
    end = text.indexOf('"', end);
    if (end === -1) return -1;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
}

function endOfNumber(text: string, start: number): number {
  NUMBER_REST.lastIndex = start;
  NUMBER_REST.test(text);
  return NUMBER_REST.lastIndex;
}

const NUMBER_REST = /[-+.\w]*/y;
const INTEGER = /^(?:0|-?[1-9]\d{0,15})$/;

function isSafeIntegerLiteral(literal: string): boolean {
  return INTEGER.test(literal) && Number.isSafeInteger(Number(literal));
}
