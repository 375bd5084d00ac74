// Runs a Python program, with a wheel of the package, in WebAssembly, and brings its file home.
// node pyodide_run.mjs FOLDER_OF_NODE_MODULES WHEEL PROGRAM OUTPUT

import fs from "node:fs";
import { createRequire } from "node:module";

const [folder, wheel, program, output] = process.argv.slice(2);
const { loadPyodide } = createRequire(`${folder}/`)("pyodide");
const pyodide = await loadPyodide();
pyodide.FS.writeFile("/package.whl", fs.readFileSync(wheel));
pyodide.FS.writeFile("/program.py", fs.readFileSync(program));
console.log(
  pyodide.runPython(`
import _thread, json, os, runpy, sys
sys.path.insert(0, "/package.whl")
sys.argv[1:] = ["/run"]
runpy.run_path("/program.py", run_name="__main__")
try:
    _thread.start_new_thread(print, ())
    threads = True
except RuntimeError:
    threads = False
(name,) = os.listdir("/run")
os.rename("/run/" + name, "/run/file")
json.dumps({
    "python": sys.version_info[:3], "platform": sys.platform, "maxsize": sys.maxsize, "threads": threads, "name": name,
    "fork": hasattr(os, "fork"), "numpy": "numpy" in sys.modules,
    "from_wheel": sys.modules["tfevents_lite"].__file__.startswith("/package.whl"),
})
`),
);
fs.writeFileSync(output, pyodide.FS.readFile("/run/file"));
