import type { OpenSubject } from "../subject.ts";
import { spoiledOpen } from "./spoiled-subject.ts";

/** Opens the store of the module named in this module's address, with the fault named there. */
export const open: OpenSubject = spoiledOpen(import.meta.url);
