#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything that is attached, taken off and put back as it was: what a reboot
# does with `tamiz save` and the unit tamiz.service. As root.
#
#     save.sh [FILE]                without: /var/lib/tamiz/saved.json
set -eu

tamiz save ${1:+--file "$1"}
tamiz detach --all
tamiz restore ${1:+--file "$1"}
tamiz status
