import { defineConfig } from "vite";

export default defineConfig({
  base: "/pages/",
  build: {
    target: "es2022",
    // A map library and Swagger UI are large by nature; the warning would say so at every build.
    chunkSizeWarningLimit: 1600,
    rollupOptions: {
      input: { control: "control.html", docs: "docs.html", track: "track.html" },
      output: { advancedChunks: { groups: [{ name: "map", test: /node_modules[\\/](maplibre-gl|pmtiles)/ }] } },
    },
  },
});
