// A run of tests that starts a server, tells its address, and ends when it is let go.
import { startPostgres } from "@cutover/test-postgres";

const { url } = await startPostgres();
process.on("disconnect", () => process.exit(0));
process.send?.({ url, folder: process.env["CUTOVER_TEST_POSTGRES_RUN"] });
