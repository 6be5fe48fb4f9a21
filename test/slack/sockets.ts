import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Slack's side of Socket Mode, as far as the SDK needs it: a stand-in at the wire. */
export interface Sockets {
  apiUrl: string;
  /** Sends an envelope on the newest socket; `thenDie` cuts it off before an answer can come. */
  send(envelope: { envelope_id: string; type: string; payload: object }, thenDie?: boolean): void;
  /** What came back: acknowledgements, oldest first. */
  answers: { envelope_id: string; payload?: unknown }[];
  /** Resolves when a socket is open for the n-th time. */
  opened(times: number): Promise<void>;
  stop(): Promise<void>;
}

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export async function openSockets(): Promise<Sockets> {
  const answers: Sockets['answers'] = [];
  const sockets: Socket[] = [];
  const server = createServer((_, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port()}/socket` }));
  });
  server.on('upgrade', (req, socket: Socket) => {
    const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${MAGIC}`).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`);
    socket.on('error', () => {});
    readFrames(socket, (text) => answers.push(JSON.parse(text)));
    socket.write(frame(JSON.stringify({ type: 'hello' })));
    sockets.push(socket);
    server.emit('opened');
  });
  const port = () => (server.address() as AddressInfo).port;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    apiUrl: `http://127.0.0.1:${port()}/api/`,
    answers,
    send(envelope, thenDie = false) {
      const socket = sockets.at(-1);
      const text = frame(JSON.stringify({ accepts_response_payload: true, ...envelope }));
      if (thenDie) socket?.end(text, () => socket.destroy());
      else socket?.write(text);
    },
    async opened(times) {
      while (sockets.length < times) await once(server, 'opened');
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One unmasked text frame, as servers send it. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const length =
    body.length < 126 ? Buffer.from([body.length]) : Buffer.from([126, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([0x81]), length, body]);
}

/** Masked frames below 64 KiB, as clients send them: text, and the frame that closes. */
function readFrames(socket: Socket, onText: (text: string) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const short = (waiting[1] ?? 0) & 127;
      const start = short === 126 ? 4 : 2;
      const size = short === 126 ? (waiting.length >= 4 ? waiting.readUInt16BE(2) : Infinity) : short;
      if (waiting.length < start + 4 + size) return;
      const mask = waiting.subarray(start, start + 4);
      const body = waiting.subarray(start + 4, start + 4 + size).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
      const opcode = (waiting[0] ?? 0) & 15;
      if (opcode === 1) onText(Buffer.from(body).toString());
      if (opcode === 8) socket.end(Buffer.from([0x88, 0]));
      waiting = waiting.subarray(start + 4 + size);
    }
  });
}
