import { type ClientRequest, type IncomingMessage, request as plain, type RequestOptions } from 'node:http';
import { request as overTls } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { BeforeEffect } from '../../step-kind.ts';

/** Sends requests as node:http does, but each only once it has a connection and `beforeEffect` lets it through. */
export function heldTransport({ protocol }: URL, beforeEffect: BeforeEffect) {
  const make = protocol === 'https:' ? overTls : plain;
  return {
    request: (options: RequestOptions, answered: (response: IncomingMessage) => void) =>
      held(make(options, answered), beforeEffect),
  };
}

/** Nothing of a request goes out before its first write or its end, so both wait. */
function held(request: ClientRequest, beforeEffect: BeforeEffect): ClientRequest {
  const go = release(request, beforeEffect);
  const { write, end } = request;
  const later = (method: typeof write | typeof end, args: unknown[]) =>
    void go.then((free) => free && Reflect.apply(method, request, args));
  return Object.assign(request, {
    write: (...args: unknown[]) => {
      later(write, args);
      return true;
    },
    end: (...args: unknown[]) => {
      later(end, args);
      return request;
    },
  });
}

/** Whether the request may go out; one that may not is destroyed with the reason. */
export async function release(request: ClientRequest, beforeEffect: BeforeEffect): Promise<boolean> {
  try {
    await connected(request);
    await beforeEffect();
    return !request.destroyed;
  } catch (error) {
    request.destroy(error as Error);
    return false;
  }
}

/** Rejects with nothing of its own: a request that finds no connection tells that by its `error`. */
function connected(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    request.once('socket', (socket: Socket & Partial<TLSSocket>) => {
      const ready = socket.encrypted ? 'secureConnect' : 'connect';
      const waits = socket.connecting || (socket.encrypted && socket.getProtocol?.() === null);
      if (waits) socket.once(ready, resolve);
      else resolve();
    });
  });
}
