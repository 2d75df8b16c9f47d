import { resolve } from "node:path";
import { defineConfig } from "vite";

const entry = (name: string) => resolve(import.meta.dirname, `src/${name}.ts`);

export default defineConfig({
  base: "/static/dist/",
  publicDir: "public",
  build: {
    outDir: "../src/taydo/static/dist",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content policy allows no data: fonts or scripts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: Object.fromEntries(["citizen", "stations", "station", "report", "wall", "desk", "heat", "passkey", "account", "flow", "forms", "pay", "catalogue", "sw"].map((name) => [name, entry(name)])),
      output: {
        // the service worker must keep its name: browsers look for updates under the same address
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
