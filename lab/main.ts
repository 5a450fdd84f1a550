// The lab's process: the demo (`npm start`), or with the word `gateway` a gateway for trying things (`merlon lab gateway`).
// Each is read only when it is asked for.

const [first, ...rest] = process.argv.slice(2);

if (first === "gateway") {
  const { scratchCommand } = await import("./scratch/scratch-command.ts");
  process.exitCode = await scratchCommand(rest);
} else {
  const { demoCommand } = await import("./demo-command.ts");
  process.exitCode = await demoCommand(process.argv.slice(2));
}
