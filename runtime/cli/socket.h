/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters on sockets: what socket.c and socket_status.c share. */
#pragma once

#include <tamiz/socket.h>

#include "runtime/cli/cli.h"

/* All that --socket names. EXIT_*; the caller clears them in any case. */
int cli_sockets_find(const struct cli *cli, struct tamiz_sockets *sockets);
/* "udp 0.0.0.0:53 (named 815:12)" */
void cli_socket_print_name(const struct tamiz_socket *socket);
/* ": a filter of 12 instructions" */
void cli_socket_print_size(size_t n_insns);
