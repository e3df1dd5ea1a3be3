/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments of matches on IPv6 extension headers, as libip6t_*.so of iptables
 * 1.8.9 reads them. Each reader is false for what iptables refuses, and then
 * writes nothing.
 */
#pragma once

#include "sema/sema.h"

#define TZ_EXTHDR_LIST_MAX 16

/* N[:N] of at most @max; what is missing beside the colon is 0 or @max. */
bool tz_exthdr_range(const char *s, uint64_t max, uint64_t *low,
		     uint64_t *high);
/* TYPE[:LENGTH],...: each as type << 8 | length, 255 for any length. */
bool tz_exthdr_options(const char *s, uint16_t list[TZ_EXTHDR_LIST_MAX],
		       size_t *n);
bool tz_exthdr_addresses(const char *s, tz_value list[TZ_EXTHDR_LIST_MAX],
			 size_t *n);
/* Names or numbers of headers: TZ_HEADER_* (tamiz/exthdr.h), ored. */
bool tz_exthdr_headers(const char *s, unsigned int *headers);
/* The name of a single one of them, as iptables-save prints it. */
const char *tz_exthdr_header_name(unsigned int header);
/* All of them in the order of iptables-save; 0 beyond the last. */
unsigned int tz_exthdr_header_at(size_t i);
/* A type of mobility header, or a range of them, by name or number. */
bool tz_exthdr_mobility(const char *s, uint64_t *low, uint64_t *high);
/* ADDRESS[/MASK]; bits outside of the mask are kept. */
bool tz_exthdr_segment(const char *s, tz_value *address, tz_value *mask);

/*
 * The number of an option of forms.def that is given, else 0. What srh asks of
 * one field by -eq, -gt and -lt shares one number, the last (libip6t_srh.c).
 */
uint64_t tz_exthdr_number(const struct tz_sema_use *use, const char *option);

/* False after an error: an option without a row in forms.def. */
bool tz_exthdr_check(struct tz_sema *sema, const struct tz_sema_use *use,
		     const struct tz_sema_option *option);
/* False after an error: what must stand with what. */
bool tz_exthdr_check_use(struct tz_sema *sema, const struct tz_sema_use *use);
