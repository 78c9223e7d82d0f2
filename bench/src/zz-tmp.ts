import { runImportBench } from "./import.ts";
console.log(JSON.stringify(await runImportBench({ bytes: Number(process.argv[2]) }), null, 1));
