/** Writes a function in PL/pgSQL. */
export function createFunction(head: string, body: string, declare: string = ""): string {
  return `CREATE OR REPLACE FUNCTION ${head} LANGUAGE plpgsql AS $cutover$ ${declare} BEGIN ${body} END $cutover$`;
}
