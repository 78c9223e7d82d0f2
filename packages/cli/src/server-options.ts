import type { Command } from "commander";

/** Adds the options that say which installation is meant. */
export function addDataOptions(command: Command): Command {
  return command
    .option("--data-dir <dir>", "data directory; otherwise BREAKWATER_DATA_DIR, or ./breakwater-data")
    .option(
      "--database-url <url>",
      "PostgreSQL 15 or newer; otherwise DATABASE_URL, or an own one in the data directory",
    );
}

/** Adds the options that say where a server listens. */
export function addListenOptions(command: Command): Command {
  return command
    .option("--host <host>", "address to listen on; otherwise BREAKWATER_HOST, or 127.0.0.1")
    .option("--port <port>", "port to listen on; otherwise BREAKWATER_PORT, or 8080")
    .option("--insecure-http", "allow plain HTTP on other addresses than loopback");
}

/** Adds the options that say who is let in how, of a server that others than this machine reach. */
export function addTransportOptions(command: Command): Command {
  return command
    .option("--tls-cert <file>", "certificate chain (PEM): serve HTTPS; reloaded when it changes, and on SIGHUP")
    .option("--tls-key <file>", "its private key (PEM)")
    .option("--tls-self-signed", "serve HTTPS with a development certificate, made and kept in the data directory")
    .option(
      "--trusted-proxies <list>",
      "addresses and networks, comma-separated, of proxies whose X-Forwarded-* headers are believed",
    );
}
