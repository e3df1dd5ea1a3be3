/* SPDX-License-Identifier: GPL-2.0-only */
/* Expressions of the simple kinds that long lists are made of, by dice. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes one to @text, of @size bytes: ports, hosts, networks, protocols, MAC
 * addresses, and a few of them together. Values are of few, so that packets
 * meet several.
 */
void pcapf_line(uint64_t *dice, char *text, size_t size);
/* A number below @n. */
uint32_t pcapf_below(uint64_t *dice, uint32_t n);
