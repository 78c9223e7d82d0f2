import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One message as it came in. */
export type Received = { headers: IncomingMessage["headers"]; body: string };

/** A receiver of webhooks on loopback that answers as the test says. */
export async function startReceiver() {
  const server = createServer(async (request, response) => {
    const message = { headers: request.headers, body: await text(request) };
    receiver.received.push(message);
    receiver.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: [] as Received[],
    /** Default: 204. */
    answer: (response: ServerResponse): void => {
      response.writeHead(204).end();
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}
