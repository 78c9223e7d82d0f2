import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** What the server puts a new nonce in the place of, for each time it sends the page (docs/decisions/0028-console.md). */
const NONCE_MARK = "{{nonce}}";

/** A server to develop against: `BREAKWATER_URL=http://127.0.0.1:8080 npx vite packages/console`. */
const server = process.env.BREAKWATER_URL ?? "http://127.0.0.1:8080";
const API = ["/auth", "/etm", "/ot", "/ingest", "/admin", "/docs", "/openapi.json"];

export default defineConfig({
  base: "/console/",
  plugins: [react()],
  html: { cspNonce: NONCE_MARK },
  build: {
    target: "es2023",
    // Those that have light-dark() themselves: what stands in for it needs the colour scheme to be set in the same sheet.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Not "assets", which is the address of one of the pages.
    assetsDir: "files",
    // A file of its own for each, never inlined: `data:` is nothing that the policy allows.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What is built holds the work of others: their licences go with it.
    license: { fileName: "licences.md" },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: Object.fromEntries(API.map((path) => [path, server])) },
});
