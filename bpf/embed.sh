#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# embed.sh NAME HEADER...: prints a C array of that name that holds the headers
# as strings, without their #include lines and include guards' surroundings, in
# the order given. Generated code with --standalone begins with them.
set -eu
name=$1
shift
echo '/* Made by bpf/embed.sh. */'
echo '#include "backend/ebpf/emit.h"'
echo
echo "const char *const $name[] = {"
for header; do
	sed -e '/^#include/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
		-e 's/^/	"/' -e 's/$/\\n"/' "$header"
	printf '%s\n' '	"\n",'
done
echo '	NULL,'
echo '};'
