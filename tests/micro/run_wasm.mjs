// Runs a program in MicroPython for WebAssembly and copies the files of its /run here.
// node run_wasm.mjs PACKAGE HEAPSIZE OUTPUT PROGRAM MODULE...

import fs from "node:fs";
import path from "node:path";

const [folder, heapsize, output, program, ...modules] = process.argv.slice(2);
const texts = modules.map((file) => [path.basename(file), fs.readFileSync(file)]);
const main = fs.readFileSync(program, "utf8");
process.chdir(folder); // Where older versions look for their .wasm file.
const { loadMicroPython } = await import(path.join(folder, "micropython.mjs"));
const python = await loadMicroPython({
  heapsize: Number(heapsize),
  stdout: (line) => console.log(line),
});
python.FS.mkdir("/lib");
for (const [name, text] of texts) python.FS.writeFile(`/lib/${name}`, text);
python.runPython(`import sys\nsys.path.append("/lib")\n${main}`);
for (const name of python.FS.readdir("/run")) {
  if (!name.startsWith(".")) {
    fs.writeFileSync(path.join(output, name), python.FS.readFile(`/run/${name}`));
  }
}
