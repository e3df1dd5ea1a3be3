/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches on what the kernel's tables of routes and of sockets say. */
#pragma once

#include "lower/build.h"

void tz_lower_addrtype(struct tz_builder *b, const struct tz_sema_use *use);
void tz_lower_rpfilter(struct tz_builder *b, const struct tz_sema_use *use);
void tz_lower_socket(struct tz_builder *b, const struct tz_sema_use *use);
