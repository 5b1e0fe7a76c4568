import { postgresControl } from "@cutover/kysely/postgres-control";
import { startPostgres } from "@cutover/test-postgres";
const db = await (await startPostgres()).database();
const c = postgresControl({ connectionString: db.url, durability: "process-crash" }); await c.open();
const heap = () => { (globalThis as any).gc(); return (process.memoryUsage().heapUsed/1e6).toFixed(2); };
for (let r=0;r<6;r++){ for (let i=0;i<2000;i++){ const a=new AbortController(); const l=await c.lock("w","shared",{timeoutMs:1000,signal:a.signal}); const t=[{collection:"c",key:`k${i%10}`}]; if(i%4===0){const m=await c.mark("u",t); await c.settle("u",{mark:m,targets:t,moved:[]}); } l.release(); if(i%20===0){ await c.clear("u", await c.marks("u",100)); (await c.lock("x","exclusive",{timeoutMs:1000})).release(); await c.lock("w","shared",{timeoutMs:1000}).then(async h=>{ await c.lock("w","exclusive",{timeoutMs:3}).catch(()=>0); h.release();}); } } console.log(heap()); }
await c.close(); await db.drop(); process.exit(0);
