/**
 * HTTP by hand: sends exactly these bytes, returns exactly what came back.
 *
 * @module
 */

/** What came back on one connection. */
export interface RawAnswer {
  readonly text: string;
  /** The status line's code; 0: none came. */
  readonly status: number;
  /** Whether the server closed; if not, the wait was over. */
  readonly isClosed: boolean;
}

/** Sends a text and reads until the server closes, or so long. */
export async function rawHttp(
  port: number,
  text: string,
  { patienceMs = 5_000, tls }: {
    patienceMs?: number;
    tls?: Deno.StartTlsOptions;
  } = {},
): Promise<RawAnswer> {
  const plain = await Deno.connect({ hostname: "127.0.0.1", port });
  // TLS takes turns; each would wait for the other's delayed ACK.
  plain.setNoDelay();
  const connection = tls ? await Deno.startTls(plain, tls) : plain;
  let isClosed = true;
  const timer = setTimeout(() => {
    isClosed = false;
    connection.close();
  }, patienceMs);
  let answer = "";
  try {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) {
      done += await connection.write(bytes.subarray(done));
    }
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(64 * 1024);
    for (;;) {
      const size = await connection.read(chunk);
      if (size === null) break;
      answer += decoder.decode(chunk.subarray(0, size), { stream: true });
    }
  } catch (error) {
    // Reset by a server that did not want to read all of it.
    if (
      !(error instanceof Deno.errors.ConnectionReset) &&
      !(error instanceof Deno.errors.BrokenPipe) && isClosed
    ) throw error;
  } finally {
    clearTimeout(timer);
    if (isClosed) connection.close();
  }
  const [, code = "0"] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return { text: answer, status: Number(code), isClosed };
}
