export { loadBase } from "./load-base.ts";
