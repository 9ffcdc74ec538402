#!/usr/bin/env python3
"""Does what "Add an op" in ir/README.md says: applies the recorded change of Inputs/add_op.diff to a copy of the sources, builds the op and runs its tests.

What the family's definitions are compiled into, and what the change touches, is compiled anew and linked with the objects of the build: no other object
depends on what was added.

    add_op.py SOURCE BUILD LIT
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

OP, CLASS = "mish", "MishOp"
FAMILY = "ops/Elementwise"
DEFINITIONS = f"ir/{FAMILY}Ops.cpp"  # written by CMake, see ir/Family.cpp.in


class Workshop:
    """A copy of the sources, and a build folder that borrows all that did not change."""

    def __init__(self, source, build, folder):
        self.source, self.build, self.folder = source, build, folder
        self.copy, self.output = folder / "src", folder / "build"
        for part in ("ir", "tests/ops", "tests/e2e", "tests/lit.cfg.py"):
            (shutil.copytree if (source / part).is_dir() else shutil.copy)(source / part, self.make_parent(self.copy / part))
        for made in ("bin", "ir/ops", "tests"):
            (self.output / made).mkdir(parents=True)
        os.symlink(build / "runtime", self.output / "runtime")
        listed = subprocess.run(["ninja", "-C", build, "-t", "commands", "bin/vaec", "bin/vae-opt"], check=True, capture_output=True, text=True)
        self.commands = listed.stdout.splitlines()

    @staticmethod
    def make_parent(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def run(self, command, **options):
        return subprocess.run(command, cwd=self.build, check=True, **options)

    def command_of(self, output):
        """The words of the build's command that writes that file."""
        (line,) = [line for line in self.commands if f" -o {output} " in line]
        words = shlex.split(next(part for part in line.split(" && ") if f" -o {output} " in part))
        return words[1:] if words[0].endswith("ccache") else words

    def redirect(self, words, output):
        """The same command, from the copy and into the new build folder. The old build folder may lie among the sources; it stays what it is."""
        inside = re.compile(rf"{re.escape(str(self.source))}(?!{re.escape(str(self.build).removeprefix(str(self.source)))})")
        changed = [inside.sub(str(self.copy), word) for word in words]
        changed[changed.index("-o") + 1] = str(output)
        return changed

    def generate(self, name):
        words = self.command_of(name)
        end = words.index("-d") if "-d" in words else len(words)
        subprocess.run(self.redirect(words[:end], self.output / "ir" / name), check=True, cwd=self.build / "ir")

    def compile(self, source):
        """Headers that are generated come from the new build folder first."""
        name = pathlib.Path(source).name
        words = self.command_of(f"ir/CMakeFiles/vae_ir.dir/{pathlib.Path(source).relative_to('ir')}.o")
        words = [word for word in words if word not in ("-MD",)]
        for flag in ("-MT", "-MF"):
            at = words.index(flag)
            del words[at:at + 2]
        words[1:1] = ["-isystem", str(self.output)]
        return subprocess.Popen(self.redirect(words, self.output / "ir" / f"{name}.o"), cwd=self.build)

    def link(self, tool, sources):
        words = self.command_of(f"bin/{tool}")
        at = next(i for i, word in enumerate(words) if word.endswith(".a"))
        words[at:at] = [str(self.output / "ir" / f"{pathlib.Path(source).name}.o") for source in sources]
        words[words.index("-o") + 1] = str(self.output / "bin" / tool)
        return subprocess.run(words, cwd=self.build, capture_output=True, text=True)


def changed_files(diff):
    """File by file, how many hunks of it the change has."""
    hunks = {}
    for line in diff.splitlines():
        if line.startswith("+++ "):
            name = line.split()[1].removeprefix("b/")
            hunks[name] = 0
        elif line.startswith("@@ "):
            hunks[name] += 1
    return hunks


def check_cost(hunks):
    sources = {name: count for name, count in hunks.items() if not name.startswith("tests/")}
    assert sum(sources.values()) == 2, f"the change costs more than two edits of the sources: {sources}"
    return [name for name in sources if name.endswith(".cpp")]


def check_guide(source):
    """The guide names the files that the change edits."""
    guide = (source / "ir" / "README.md").read_text().split("## Add an op")[1]
    diff = (pathlib.Path(__file__).parent / "Inputs" / "add_op.diff").read_text()
    for name in changed_files(diff):
        assert pathlib.Path(name).name in guide, f"the guide does not name {name}"
    return diff


def build(workshop, touched):
    for name in (f"{FAMILY}.h.inc", f"{FAMILY}.cpp.inc"):
        workshop.generate(name)
    units = [DEFINITIONS, *touched]
    for process in [workshop.compile(unit) for unit in units]:
        assert process.wait() == 0
    # The formula and the gradient are demanded by name.
    without = workshop.link("vae-opt", [DEFINITIONS])
    for method in ("buildScalar", "buildVjp"):
        assert without.returncode and re.search(rf"{CLASS}::{method}", without.stderr), "an op without its formula or gradient links"
    for tool in ("vaec", "vae-opt"):
        linked = workshop.link(tool, units)
        assert linked.returncode == 0, linked.stderr


def test(workshop, lit):
    site = (workshop.source / "tests" / "lit.site.cfg.py.in").read_text()
    site = site.replace("@CMAKE_SOURCE_DIR@", str(workshop.copy)).replace("@CMAKE_BINARY_DIR@", str(workshop.output))
    (workshop.output / "tests" / "lit.site.cfg.py").write_text(site)
    workshop.run([sys.executable, lit, "-v", workshop.output / "tests", "--filter", rf"ops/form/{OP}(-invalid)?\.mlir"])
    workshop.run([sys.executable, workshop.copy / "tests/ops/numbers/op_numbers.py", f"--bin={workshop.output / 'bin'}", f"--op={OP}"])
    workshop.run([sys.executable, workshop.source / "tests/meta/op_coverage.py", workshop.copy, workshop.output / "bin"])


def main():
    source, build_folder, lit = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    diff = check_guide(source)
    touched = check_cost(changed_files(diff))
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(source, build_folder, pathlib.Path(folder))
        subprocess.run(["patch", "-p1", "--no-backup-if-mismatch"], input=diff, text=True, cwd=workshop.copy, check=True)
        build(workshop, touched)
        test(workshop, lit)


if __name__ == "__main__":
    main()
