/* SPDX-License-Identifier: GPL-2.0-only */
/* What both ends of the services have in common. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { SERVICES_FILE_LEN = 1 << 20 };

union services_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/*
 * Makes @address of @text, IPv4 or IPv6, and returns its length. Exits when it
 * is none.
 */
socklen_t services_set_address(union services_address *address,
			       const char *text, uint16_t port);
/* Byte @i of the file that is served. */
uint8_t services_file_byte(size_t i);
bool services_write_all(int fd, const uint8_t *bytes, size_t len);
/* Serves until a signal ends it; returns when it cannot. */
int services_serve(void);
