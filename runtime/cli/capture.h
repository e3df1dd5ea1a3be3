/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of a capture file: pcap or pcapng, either of them compressed by
 * gzip, each as an Ethernet frame whatever the link type.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include <tamiz/judge.h>

struct cli_capture;

/*
 * Opens @path, "-" for standard input. NULL after writing why, in one line
 * without the name, to @why.
 */
struct cli_capture *cli_capture_open(const char *path, char *why, size_t size);
/* The same of an open file, which is closed with the capture. */
struct cli_capture *cli_capture_take(FILE *file, char *why, size_t size);
void cli_capture_close(struct cli_capture *capture);

/*
 * The next packet, until the next call. 1; 0 at the end; -EIO after writing
 * why, with the place, to @why: what was read before is sound.
 */
int cli_capture_next(struct cli_capture *capture, struct tamiz_frame *frame,
		     char *why, size_t size);
/* Packets of this host's own, which no chain of ingress meets. */
bool cli_capture_is_outgoing(const struct cli_capture *capture);
/* How much of the file has been read, 0 to 1; negative: nobody knows. */
double cli_capture_part(const struct cli_capture *capture);
