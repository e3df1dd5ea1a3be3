#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The program that rules become, as an object that any loader of BPF takes, made
# without a header of tamiz: for a build that has clang and nothing else.
#
#     compile.sh [FILE [OBJECT]]    without: edge.rules to edge.bpf.o
set -eu
rules=${1:-$(dirname "$0")/edge.rules}
object=${2:-edge.bpf.o}

tamiz compile "$rules" -t xdp --standalone -o - |
	"${CLANG:-clang}" -O2 -g -target bpf -mcpu=v3 -x c -c - -o "$object"
echo "$object: $(tamiz compile "$rules" --emit=plan | wc -l) lines of plan"
