/**
 * Requests that two readers might cut apart differently, each followed by what
 * must not be taken for a second request (RFC 9112 section 11.2).
 *
 * @module
 */

/** One attempt. */
export interface AmbiguousRequest {
  readonly name: string;
  /** With `/0000/` in its paths, for a number that tells attempts apart. */
  readonly text: string;
  /** What nalgate itself answers; one status for each request it reads. */
  readonly statuses: readonly number[];
}

const HOST = "Host: pi.example\r\n";
const GET = `GET /lab/0000/a HTTP/1.1\r\n${HOST}`;
const POST = `POST /lab/0000/a HTTP/1.1\r\n${HOST}`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
/** The request that must not be seen. */
const HIDDEN = `GET /lab/0000/hidden HTTP/1.1\r\n${HOST}\r\n`;
const LENGTH = `Content-Length: ${HIDDEN.length}\r\n`;
const LAST = `GET /lab/0000/b HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

const REFUSED = [400];

/** Lengths of bodies that cannot be told. */
const LENGTHS: readonly AmbiguousRequest[] = [
  ["two, different", "Content-Length: 0\r\n" + LENGTH],
  ["two, alike", LENGTH + LENGTH],
  ["a list", "Content-Length: 0, 0\r\n"],
  ["a plus", "Content-Length: +0\r\n"],
  ["negative", "Content-Length: -1\r\n"],
  ["hexadecimal", "Content-Length: 0x0\r\n"],
  ["two words", "Content-Length: 0 0\r\n"],
  ["empty", "Content-Length: \r\n"],
  ["2^64 + 1", "Content-Length: 18446744073709551617\r\n"],
  ["a space before the colon", LENGTH.replace(":", " :")],
  ["a tab before the colon", LENGTH.replace(":", "\t:")],
  ["folded", LENGTH.replace(" ", "\r\n ")],
].map(([name, header]) => ({
  name: `Content-Length: ${name}`,
  text: `${POST}${header}\r\n${HIDDEN}`,
  statuses: REFUSED,
}));

/** Codings of bodies that are not just `chunked`. */
const CODINGS: readonly AmbiguousRequest[] = [
  ["after a length", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
  ["before a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"],
  ...[
    ...["xchunked", "identity", "chunked, identity", "identity, chunked"],
    ...["gzip, chunked", "chunked, chunked", "chunked,", ", chunked"],
    ...["", '"chunked"', "chunked;x=y", "\x0bchunked", "chunked\x0b"],
    ...["chunked\r\nTransfer-Encoding: chunked"],
    ...["chunked\r\nTransfer-Encoding: identity"],
    ...["x\r\nTransfer-Encoding: chunked", "\r\n chunked", "chunked\0"],
  ].map((value) => [JSON.stringify(value), `Transfer-Encoding: ${value}\r\n`]),
  ["a space before the colon", "Transfer-Encoding : chunked\r\n"],
  ["a space before the name", " Transfer-Encoding: chunked\r\n"],
  ["a NUL in the name", "Transfer-Encod\0ing: chunked\r\n"],
  ["a line feed in another", "X: a\nTransfer-Encoding: chunked\r\n"],
  ["a return in another", "X: a\rTransfer-Encoding: chunked\r\n"],
].map(([name, header]) => ({
  name: `Transfer-Encoding: ${name}`,
  text: `${POST}${header}\r\n0\r\n\r\n${HIDDEN}`,
  statuses: REFUSED,
}));

/** Chunks that end somewhere else for somebody else. */
const CHUNKS: readonly AmbiguousRequest[] = [
  ["a line feed after the size", "2\nhi\r\n0\r\n\r\n"],
  ["a line feed after the data", "2\r\nhi\n0\r\n\r\n"],
  ["a line feed at the end", "2\r\nhi\r\n0\r\n\n"],
  ["a line feed in an extension", "2;\nhi\r\n2\r\nhi\r\n0\r\n\r\n"],
  ["a return in an extension", "2;a\rb\r\nhi\r\n0\r\n\r\n"],
  ["a quoted line feed", '2;a="\n"\r\nhi\r\n0\r\n\r\n'],
  ["more data than said", "2\r\nhi!!\r\n0\r\n\r\n"],
  ["0x2", "0x2\r\nhi\r\n0\r\n\r\n"],
  ["-2", "-2\r\nhi\r\n0\r\n\r\n"],
  ["2^64 + 2", "10000000000000002\r\nhi\r\n0\r\n\r\n"],
  ["no size", "\r\nhi\r\n0\r\n\r\n"],
  ["a length in a trailer", `0\r\n${LENGTH}\r\n`],
  ["a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"],
  ["a line feed in a trailer", "0\r\nX: a\n\r\n"],
].map(([name, body]) => ({
  name: `chunks: ${name}`,
  text: `${CHUNKED}${body}${HIDDEN}`,
  statuses: REFUSED,
}));

/** Lines and names that are none. */
const LINES: readonly AmbiguousRequest[] = [
  ["bare line feeds", GET.replaceAll("\r", "") + "\n"],
  ["one bare line feed", `${GET}X: a\nY: b\r\n\r\n`],
  ["a bare line feed at the end", `${GET}\n`],
  ["bare returns", GET.replaceAll("\n", "") + "\r"],
  ["two returns", `${GET.trimEnd()}\r\r\n\r\n`],
  ["a folded header", `${GET}X: a\r\n b\r\n\r\n`],
  ["a header folded by a tab", `${GET}X: a\r\n\tb\r\n\r\n`],
  ["a folded first header", `GET /lab/0000/a HTTP/1.1\r\n ${HOST}\r\n`],
  ["a space before the colon", `${GET}X : a\r\n\r\n`],
  ["no name", `${GET}: a\r\n\r\n`],
  ["no colon", `${GET}X\r\n\r\n`],
  ["a NUL in a name", `${GET}X\0: a\r\n\r\n`],
  ["a NUL in a value", `${GET}X: a\0b\r\n\r\n`],
  ["a control character in a value", `${GET}X: a\x01b\r\n\r\n`],
  ["an umlaut in a name", `${GET}Ü: a\r\n\r\n`],
  ["two hosts", `${GET}Host: evil.example\r\n\r\n`],
  ["two hosts alike", `${GET}${HOST}\r\n`],
  ["no host", "GET /lab/0000/a HTTP/1.1\r\n\r\n"],
  ["an empty host", "GET /lab/0000/a HTTP/1.1\r\nHost: \r\n\r\n"],
  [
    "a host with a user",
    `GET /lab/0000/a HTTP/1.1\r\nHost: a@pi.example\r\n\r\n`,
  ],
  [
    "a host with a path",
    `GET /lab/0000/a HTTP/1.1\r\nHost: pi.example/b\r\n\r\n`,
  ],
  [
    "a host of two words",
    `GET /lab/0000/a HTTP/1.1\r\nHost: pi example\r\n\r\n`,
  ],
  ["a space before the method", ` ${GET}\r\n`],
  ["a method in lower case", `${GET.replace("GET", "get")}\r\n`],
  ["an unknown method", `${GET.replace("GET", "BREW")}\r\n`],
  ["tabs in the first line", `${GET.replaceAll(/ (?=\/|HTTP)/g, "\t")}\r\n`],
  ["three words and one", `${GET.replace("/a", "/a b")}\r\n`],
  ["HTTP/0.9 without a version", `GET /lab/0000/a\r\n${HOST}\r\n`],
  ["HTTP/0.9", `${GET.replace("1.1", "0.9")}\r\n`],
  ["HTTP/1.2", `${GET.replace("1.1", "1.2")}\r\n`],
  ["HTTP/2.0", `${GET.replace("1.1", "2.0")}\r\n`],
  ["HTTP/01.1", `${GET.replace("1.1", "01.1")}\r\n`],
  ["http/1.1", `${GET.replace("HTTP", "http")}\r\n`],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  [
    "HTTP/1.0 with chunks",
    `${CHUNKED.replace("1.1", "1.0")}0\r\n\r\n${HIDDEN}`,
  ],
].map(([name = "", text = ""]) => ({ name, text, statuses: REFUSED }));

/** What is odd, yet can be read in one way only. */
const SOUND: readonly AmbiguousRequest[] = [
  {
    name: "a length on GET",
    text: `${GET}Connection: close\r\n${LENGTH}\r\n${HIDDEN}`,
    statuses: [401],
  },
  {
    name: "a length on POST, unread",
    text: `${POST}Connection: close\r\n${LENGTH}\r\n${HIDDEN}`,
    statuses: [403],
  },
  {
    name: "a length on GET, then another request",
    text: `${GET}${LENGTH}\r\n${HIDDEN}${LAST}`,
    statuses: [401, 401],
  },
  {
    name: "a length on POST, unread, then another request",
    text: `${POST}${LENGTH}\r\n${HIDDEN}${LAST}`,
    statuses: [403, 401],
  },
  {
    name: "a chunk extension",
    text: `${CHUNKED}2;a=b\r\nhi\r\n0\r\n\r\n${LAST}`,
    statuses: [403, 401],
  },
  {
    name: "chunks in capitals on GET",
    text: `${GET}Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n${LAST}`,
    statuses: [401, 401],
  },
  {
    name: "empty lines before",
    text: `\r\n\r\n${LAST}`,
    statuses: [401],
  },
  {
    name: "pipelined",
    text: `${GET}\r\n${LAST}`,
    statuses: [401, 401],
  },
  {
    name: "HTTP/1.0",
    text: `${GET.replace("1.1", "1.0")}\r\n`,
    statuses: [401],
  },
  {
    name: "HTTP/1.0, kept alive",
    text: `${GET.replace("1.1", "1.0")}Connection: keep-alive\r\n\r\n` +
      LAST.replace("1.1", "1.0"),
    statuses: [401, 401],
  },
  {
    name: "an underscore for a hyphen",
    text: `${POST}Transfer_Encoding: chunked\r\nConnection: close\r\n\r\n`,
    statuses: [403],
  },
  {
    name: "an upgrade with a length",
    text: `${POST}Connection: upgrade\r\nUpgrade: x\r\n${LENGTH}\r\n${HIDDEN}`,
    statuses: [403],
  },
  {
    name: "an upgrade with chunks",
    text: `${POST}Connection: upgrade\r\nUpgrade: websocket\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    statuses: [426],
  },
  {
    name: "a length named in Connection",
    text: `${GET}Connection: content-length, close\r\n${LENGTH}\r\n${HIDDEN}`,
    statuses: [401],
  },
];

/** All of them. */
export const AMBIGUOUS_REQUESTS: readonly AmbiguousRequest[] = [
  ...LENGTHS,
  ...CODINGS,
  ...CHUNKS,
  ...LINES,
  ...SOUND,
];
