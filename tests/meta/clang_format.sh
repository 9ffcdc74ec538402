#!/usr/bin/env bash
# Fails where a C++ source isn't formatted.
cd "$1" && git ls-files '*.h' '*.cpp' '*.c' | xargs clang-format-22 --dry-run --Werror
