/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a packet in the words of the kernel's LOG. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tamiz/log.h>

/*
 * Reads what @len bytes of a frame tell; they may be anything. What is not
 * there is 0, -1 or "".
 */
void tz_log_read_header(const uint8_t *frame, size_t len,
			struct tamiz_log_header *header);
/*
 * "IN=eth0 OUT= MAC=... SRC=... DST=... LEN=... PROTO=...", no newline; by the
 * name of its place (hook.h) the frame comes in or goes out.
 */
void tz_log_print_header(FILE *out, const char *place, const uint8_t *frame,
			 size_t len);
