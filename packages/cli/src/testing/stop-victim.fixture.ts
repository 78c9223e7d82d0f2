import { listenForStop } from "../serving.ts";

// A server whose stop never comes to its end.
const { requested } = listenForStop();
setInterval(() => undefined, 60_000);
process.stdout.write("listening\n");
await requested;
process.stdout.write("asked to stop\n");
