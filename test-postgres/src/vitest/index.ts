export { describePostgres } from "./describe-postgres.ts";
