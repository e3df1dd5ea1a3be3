#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A filter into the sockets of a server that runs, for some seconds: what it
# would be, what it drops, and off again. The server is not asked.
#
#     socket.sh 'udp *:53' 'udp dst port 53 and not src net 192.0.2.0/24' [60]
set -eu
which=$1
expression=$2
seconds=${3:-60}

# What the expression becomes for such a socket, and who it would be put on.
tamiz compile -e "$expression" -t socket
tamiz attach -e "$expression" --socket "$which" --dry-run

tamiz attach -e "$expression" --socket "$which"
sleep "$seconds"
tamiz status --socket "$which"
tamiz detach --socket "$which"
