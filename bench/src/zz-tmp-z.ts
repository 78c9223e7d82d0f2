import pg from "pg";
const t = new Map<string, [number, number]>();
const orig = pg.Client.prototype.query as any;
(pg.Client.prototype as any).query = function (...a: any[]) {
  const text = (typeof a[0] === "string" ? a[0] : a[0]?.text ?? "").replace(/\s+/g, " ").trim().slice(0, 60);
  const s = performance.now();
  const done = () => { const e = t.get(text) ?? [0, 0]; e[0] += performance.now() - s; e[1]++; t.set(text, e); };
  const r = orig.apply(this, a);
  if (r?.on && !r.then) r.on("end", done); else if (r?.then) r.then(done, done);
  return r;
};
process.on("exit", () => console.log([...t].sort((a, b) => b[1][0] - a[1][0]).slice(0, 9).map(([k, [ms, n]]) => `${ms.toFixed(0)} ms ${n}x ${k}`).join("\n")));
await import("./zz-tmp-y.ts");
