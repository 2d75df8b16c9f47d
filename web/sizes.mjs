// After the build: keep a compressed twin of every text file (the server hands those out) and print what each surface costs.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = new URL("../src/taydo/static/dist/", import.meta.url);
const weights = {};
for (const name of await readdir(dist, { recursive: true })) {
  if (!/\.(js|mjs|css|svg|webmanifest|woff2)$/.test(name)) continue;
  const bytes = await readFile(new URL(name, dist));
  if (name.endsWith("woff2")) {
    weights[name] = bytes.length;
    continue;
  }
  const gz = gzipSync(bytes, { level: 9 });
  weights[name] = gz.length;
  await writeFile(new URL(`${name}.gz`, dist), gz);
  await writeFile(new URL(`${name}.br`, dist), brotliCompressSync(bytes));
}
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));
const kb = (n) => `${(n / 1024).toFixed(1).padStart(7)} KB gz`;
for (const [source, entry] of Object.entries(manifest)) {
  if (!entry.isEntry) continue;
  const files = new Set();
  const walk = (e) => {
    files.add(e.file);
    for (const css of e.css ?? []) files.add(css);
    for (const i of e.imports ?? []) walk(manifest[i]);
  };
  walk(entry);
  console.log(source.padEnd(20), kb([...files].reduce((sum, f) => sum + (weights[f] ?? 0), 0)));
}
for (const [name, size] of Object.entries(weights).sort((a, b) => b[1] - a[1]).slice(0, 12)) console.log(name.padEnd(48), kb(size));
