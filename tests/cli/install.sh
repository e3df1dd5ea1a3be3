#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `make install` installs is all that users need, and `make
# uninstall` takes it away. From there, and with nothing of the tree: programs
# that embed the libraries build by pkg-config and run, libtamiz without root
# and without libbpf; so they do in C++; the program runs; and what it compiles
# builds with the installed headers.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=tests/lib/install.sh
. "$top_srcdir/tests/lib/install.sh"
prefix=$(configured prefix)
to=$tmp/root$prefix
cp -a "$installed" "$tmp/root" || exit 1

# ---- what is there ----
is_there() {
	for file; do
		[ -f "$to/$file" ] || complain "not installed: $file"
	done
}
is_there sbin/tamiz lib/libtamiz.so lib/libtamiz-runtime.so \
	lib/pkgconfig/libtamiz.pc lib/pkgconfig/libtamiz-runtime.pc \
	share/bash-completion/completions/tamiz \
	lib/systemd/system/tamiz.service lib/systemd/system/tamiz@.service
is_there share/man/man7/tamiz.7
for file in "$top_srcdir"/runtime/cli/man/*.8; do
	is_there "share/man/man${file##*.}/${file##*/}"
done
for file in "$top_srcdir"/runtime/cli/schema/*; do
	is_there "share/tamiz/schema/${file##*/}"
done
for file in "$top_srcdir"/examples/[a-z]*; do
	case $file in
	*.am) ;;
	*) is_there "share/doc/tamiz/${file##*/}" ;;
	esac
done
# standalone.bpf.h stands in the output of --standalone, in place of others'.
for file in "$top_srcdir"/*/include/tamiz/*.h; do
	case $file in
	*/standalone.bpf.h) ;;
	*) is_there "include/tamiz/${file##*/}" ;;
	esac
done
grep -q "^ExecStart=$prefix/sbin/tamiz restore" \
	"$to/lib/systemd/system/tamiz.service" || complain "the unit's program"
stray=$(find "$tmp/root" -type f ! -path "$to/*")
[ -z "$stray" ] || complain "outside of $prefix: $stray"

# ---- the program ----
LD_LIBRARY_PATH=$to/lib
export LD_LIBRARY_PATH
"$to/sbin/tamiz" --version | grep -q '^tamiz [0-9]' || complain "--version"
for rules in "$top_srcdir"/examples/*.rules; do
	"$to/sbin/tamiz" compile "$rules" -o "$tmp/rules.c" ||
		complain "$rules: compile"
	"$CLANG" -O2 -target bpf -mcpu=v3 -I"$to/include" \
		-I"/usr/include/$(uname -m)-linux-gnu" -c "$tmp/rules.c" \
		-o "$tmp/rules.o" || complain "$rules: with installed headers"
done

# ---- programs of others ----
PKG_CONFIG_PATH=$to/lib/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$tmp/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
cc=$(configured CC) sanitize=$(configured SANITIZE)
case $cc in
*clang*) cxx=clang++ ;;
*) cxx=g++ ;;
esac
# Structures of options grow.
strict="-Wall -Wextra -Wno-missing-field-initializers -Werror $sanitize"
rules='*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j DROP
COMMIT
'

# build COMPILER LIBRARY SOURCE OUTPUT: by what pkg-config says.
build() {
	flags=$(pkg-config --cflags --libs "$2") || {
		complain "pkg-config does not know $2"
		return 1
	}
	# Words.
	# shellcheck disable=SC2086
	(cd "$tmp" && $1 $strict -o "$4" "$3" $flags) || {
		complain "$1 cannot build $3"
		return 1
	}
}

# embeds COMPILER SOURCE: diagnostics of wrong rules, IR of right ones.
embeds() {
	build "$1" libtamiz "$2" "$tmp/embed" || return
	"$tmp/embed" "$rules" >"$tmp/out" || complain "embed fails"
	grep -q 'dport' "$tmp/out" || complain "no IR: $(cat "$tmp/out")"
	"$tmp/embed" "$(echo "$rules" | sed 's/dport/dprt/')" >"$tmp/out" &&
		complain "embed does not fail"
	grep -q 'text:3:.* error: no option --dprt' "$tmp/out" ||
		complain "no diagnostic: $(cat "$tmp/out")"
}

# runs COMPILER SOURCE: the verdict of the program in the kernel.
runs() {
	build "$1" libtamiz-runtime "$2" "$tmp/embed_runtime" || return
	if [ "$(id -u)" = 0 ]; then
		said=$("$tmp/embed_runtime" "$rules")
		[ "$said" = drop ] || complain "port 9: $said"
		said=$("$tmp/embed_runtime" "$(echo "$rules" |
			sed 's/dport 9/dport 10/')")
		[ "$said" = pass ] || complain "port 10: $said"
	else
		said=$("$tmp/embed_runtime" "$rules") &&
			complain "loads without rights"
		[ -n "$said" ] || complain "does not say why it cannot load"
	fi
}

embed=$top_srcdir/tests/embed
embeds "$cc -std=c17" "$embed/embed.c"
linked=$(ldd "$tmp/embed" 2>&1)
case $linked in
*"$to/lib/libtamiz.so"*) ;;
*) complain "does not use the installed libtamiz: $linked" ;;
esac
case $linked in
*libbpf* | *libelf* | *runtime*) complain "libtamiz brings: $linked" ;;
esac
runs "$cc -std=c17" "$embed/embed_runtime.c"
if command -v $cxx >/dev/null; then
	embeds "$cxx -x c++" "$embed/embed.c"
	runs "$cxx -x c++" "$embed/embed_runtime.c"
else
	echo "no $cxx: not tried in C++"
fi

# ---- and away again ----
quiet_make uninstall DESTDIR="$tmp/root" || failed=1
left=$(find "$tmp/root" ! -type d)
[ -z "$left" ] || complain "uninstall leaves $left"
finish
