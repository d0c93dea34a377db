import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// During development the page is served here and the API by a running `breakglass serve`.
const desk = process.env["BREAKGLASS_URL"] ?? "http://127.0.0.1:7300";

export default defineConfig({
  plugins: [react()],
  build: {
    // The service's policy allows no inline code and no data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  server: { proxy: { "/api": desk } },
});
