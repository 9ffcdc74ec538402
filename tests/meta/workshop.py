"""Recorded changes of the sources: what they cost, and a workshop in which one is made, built and tested.

A workshop holds a copy of the sources with the change made, and a build folder in which what the change touches is made anew, by the commands of the build
and on the copy; all else is borrowed from the build. It lies at the same place each time, so that ccache knows what was compiled before.
"""
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

PARTS = ("ir", "backends", "runtime/abi", "tests")


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


def changed_sources(diff):
    """The same of files that are the product's."""
    return {name: count for name, count in changed_files(diff).items() if not name.startswith("tests/") and not name.endswith(".md")}


def read_commands(build, tools):
    """What the build runs for the tools: by the file that a command writes, its name in the command, and the command's words."""
    listed = subprocess.run(["ninja", "-C", build, "-t", "commands", *tools], check=True, capture_output=True, text=True)
    commands = {}
    for line in listed.stdout.splitlines():
        folder = pathlib.Path()
        for words in map(shlex.split, line.split(" && ")):
            if words[0] == "cd":
                folder = pathlib.Path(words[1]).relative_to(build)
            for option in ("-o", "qc"):  # of compilers and linkers, and of archivers
                if option in words:
                    written = words[words.index(option) + 1]
                    commands[str(folder / written)] = (written, words)
    return commands


def library_of(object_file):
    return re.sub(r"CMakeFiles/(.*)\.dir/.*", r"lib\1.a", object_file)


class Workshop:
    def __init__(self, source, build, name, tools, diff):
        """Makes the change in a new copy, for building `tools`, named within the build folder."""
        self.source, self.build = source, build
        folder = build / "workshop" / name
        self.copy, self.output = folder / "src", folder / "build"
        shutil.rmtree(folder, ignore_errors=True)
        for part in PARTS:
            shutil.copytree(source / part, self.copy / part)
        subprocess.run(["patch", "-p1", "--quiet", "--no-backup-if-mismatch"], input=diff, text=True, cwd=self.copy, check=True)
        (self.output / "tests").mkdir(parents=True)
        os.symlink(build / "runtime", self.output / "runtime")
        self.commands = read_commands(build, tools)
        self.objects, self.units = {}, {}
        for output, (_, words) in self.commands.items():
            if "-c" in words:
                self.read_object(output, pathlib.Path(words[words.index("-c") + 1]))

    def read_object(self, output, path):
        """Notes of what source an object is made, or of what unit: where the build is one of units, CMake writes a text that includes some sources."""
        if path.parent.name != "Unity":
            self.objects[self.get_source(path)] = output
            return
        self.units[output] = path.read_text()
        for included in re.findall(r'^#include "(.*)"$', self.units[output], re.MULTILINE):
            self.objects[self.get_source(included)] = output

    def get_source(self, path):
        """A source that is compiled, as it is named within the sources, or within the build folder where CMake wrote it."""
        path = pathlib.Path(path)
        return str(path.relative_to(self.build if path.is_relative_to(self.build) else self.source))

    def translate(self, word):
        """The copy in place of the sources, and what was made anew in place of what was built. The build folder may lie among the sources."""
        if not word.startswith("/") and (self.output / word).is_file():
            return str(self.output / word)
        build = re.escape(str(self.build).removeprefix(str(self.source)))
        return re.sub(rf"{re.escape(str(self.source))}(?!{build})", str(self.copy), word)

    def make(self, output, further=()):
        """Runs the build's command for that file, with further words. Generated headers come from the new build folder first."""
        written, words = self.commands[output]
        made = self.output / output
        made.parent.mkdir(parents=True, exist_ok=True)
        made.unlink(missing_ok=True)  # archivers would add to it
        words = [str(made) + word.removeprefix(written) if word.startswith(written) else self.translate(word) for word in [*words, *further]]
        if "-isystem" in words:
            at = words.index("-isystem")
            words[at:at] = ["-isystem", str(self.output)]
        if output in self.units:
            unit = made.with_suffix("")
            unit.write_text(self.translate(self.units[output]))
            words[words.index("-c") + 1] = str(unit)
        return subprocess.run(words, cwd=self.build, capture_output=True, text=True)

    def require(self, output, further=()):
        made = self.make(output, further)
        assert made.returncode == 0, f"{output} cannot be made:\n{made.stderr}"

    def learn(self, source):
        """A source that is new is compiled as another of its folder is, or with it."""
        if source in self.objects:
            return
        known = next(name for name in self.objects if pathlib.Path(name).parent == pathlib.Path(source).parent)
        if self.objects[known] in self.units:
            self.objects[source] = self.objects[known]
            self.units[self.objects[known]] += f'#include "{self.copy / source}"\n'
            return

        def rename(word):
            return word.replace(pathlib.Path(known).name, pathlib.Path(source).name)

        written, words = self.commands[self.objects[known]]
        self.objects[source] = rename(self.objects[known])
        self.commands[self.objects[source]] = (rename(written), [rename(word) for word in words])

    def compile(self, sources):
        """Compiles the sources, and gives their objects to new copies of the libraries."""
        for source in sources:
            self.learn(source)
        objects = sorted({self.objects[source] for source in sources})
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.require, objects))
        for library in sorted(set(map(library_of, objects)) & self.commands.keys()):
            _, words = self.commands[library]
            self.require(library, [name for name in objects if library_of(name) == library and name not in words])

    def run(self, *command):
        subprocess.run(command, cwd=self.build, check=True)

    def run_lit(self, lit, tests):
        """Tests of the copy whose names match, with the tools that were made here."""
        site = (self.source / "tests" / "lit.site.cfg.py.in").read_text()
        site = site.replace("@CMAKE_SOURCE_DIR@", str(self.copy)).replace("@CMAKE_BINARY_DIR@", str(self.output))
        (self.output / "tests" / "lit.site.cfg.py").write_text(site)
        self.run(sys.executable, lit, "-v", self.output / "tests", "--filter", tests)

    def run_numbers(self, op):
        """Numbers and gradients of the op on both devices."""
        self.run(sys.executable, self.copy / "tests/ops/numbers/op_numbers.py", f"--bin={self.output / 'bin'}", f"--op={op}")
