export { defineConfig } from "./define-config.ts";
