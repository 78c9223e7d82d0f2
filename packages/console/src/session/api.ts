import {
  ApiError,
  authPasswordChange,
  authTokenCreate,
  type CallOptions,
  type CallResult,
  createClient,
  type Operation,
} from "@breakwater/client";
import { beginSession, currentSession, endSession } from "./session.ts";

/** Waits out another call of the same API, which takes a second or two, and never an hour's allowance. */
const PATIENCE = { maxSec: 6 };

/** The last call of each operation: the next one waits for it, so that a page leaves others their part of the limit. */
const queues = new Map<string, Promise<unknown>>();

/**
 * One call of the API as whoever is signed in. Calls of one operation go one after the other.
 *
 * @throws ApiError; a refused token ends the session, and the sign-in page comes up
 */
export async function call<T extends Operation>(operation: T, options: CallOptions<T> = {}): Promise<CallResult<T>> {
  const before = queues.get(operation.id) ?? Promise.resolve();
  const mine = before.then(() => callNow(operation, options));
  queues.set(
    operation.id,
    mine.catch(() => undefined),
  );
  return mine;
}

/** As {@link call}, at once: for what takes long, such as an upload or a download. */
export async function callNow<T extends Operation>(operation: T, options: CallOptions<T> = {}): Promise<CallResult<T>> {
  options.signal?.throwIfAborted();
  const session = currentSession();
  const token = session?.token;
  const client = createClient({
    url: window.location.origin,
    waitForLimits: PATIENCE,
    ...(token === undefined ? {} : { token }),
  });
  try {
    return await client.call(operation, options);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401 && token !== undefined) {
      endSession(error.isTokenExpired ? "expired" : "withdrawn");
    }
    throw error;
  }
}

/** @throws ApiError 401, which says no more than that it was refused */
export async function signIn(username: string, password: string): Promise<void> {
  const client = createClient({ url: window.location.origin });
  const body = { username, password, token: "true", permissions: "true" };
  const answer = await client.call(authTokenCreate, { body });
  beginSession(await answer.text());
}

/** @throws ApiError 401 as of {@link signIn}; 400 for a new password that is not long enough or the same */
export async function changePassword(username: string, password: string, newPassword: string): Promise<void> {
  const client = createClient({ url: window.location.origin });
  await client.call(authPasswordChange, { body: { username, password, newPassword } });
}
