#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Who is dropped most: the sources of the next packets that the rules of a
# device log at XDP (attached with --log=ring or --sample). As root.
#
#     log.sh DEVICE [COUNT]         without: of 100 packets
set -eu

tamiz log --dev "$1" --count "${2:-100}" |
	sed -n 's/.* SRC=\([^ ]*\) .*/\1/p' | sort | uniq -c | sort -rn
